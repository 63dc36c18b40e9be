/** `npm run check`: format, types, lint (with the house's import directions), dead code, and that the
 * generated pages are up to date. All errors; takes seconds. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (path: string) => `${root}node_modules/${path}`;

const checks: [name: string, command: string[]][] = [
  ['format', [bin('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '--log-level=error', '.']],
  ['types', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['lint', [bin('oxlint/bin/oxlint'), '--type-aware', '-c', '.oxlintrc.json', '.']],
  ['dead code', [bin('knip/bin/knip.js'), '--no-progress']],
  ['pages', ['--disable-warning=ExperimentalWarning', `${root}scripts/docs.ts`, '--check']],
];

let failed = 0;
for (const [name, [script, ...args]] of checks) {
  const startedAt = performance.now();
  const result = spawnSync(process.execPath, [script!, ...args], { cwd: root, encoding: 'utf8' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (result.status === 0) continue;
  failed += 1;
  console.log(`${result.stdout}${result.stderr}`);
}
process.exit(failed === 0 ? 0 : 1);
