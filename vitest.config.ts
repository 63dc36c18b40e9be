import { defineConfig } from 'vitest/config';

/** One project a workspace: each suite runs with its own folder as root, in forked processes. */
const folders = [
  ...['contract', 'engine', 'algorithms', 'data', 'explain', 'serving', 'hub', 'worker', 'web', 'cli'].map(
    (name) => `packages/${name}`,
  ),
  'e2e',
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: folders.map((root) => ({
      extends: true,
      root,
      test: {
        name: root.split('/').at(-1)!,
        root,
        pool: 'forks',
        include: ['**/*.test.ts'],
        exclude: ['**/node_modules/**', '**/dist/**'],
      },
    })),
  },
});
