import { createHubClient, uploadBlob } from '@banyan/contract';
import { startTestHub } from '@banyan/hub/testing';
import type { BenchOptions } from '../bench.ts';
import type { Figure } from '../figures.ts';

const files = 100_000;
const commitFiles = 10_000;
const rounds = 15;

/** Where the n-th file is: all in one folder, or a hundred in each of a thousand. */
const layouts: Record<string, (n: number) => string> = {
  'one folder': (n) => `images/${String(n).padStart(6, '0')}.png`,
  'many folders': (n) => `images/${String(n % 1000).padStart(4, '0')}/${n}.png`,
};

/** How long a page of a listing takes over HTTP, and a commit, in a repository of 100,000 files. Prints its own report. */
export async function listing({ say, quick }: BenchOptions): Promise<Figure[]> {
  const hub = await startTestHub();
  try {
    const { username, token } = await hub.person();
    const api = createHubClient({ url: hub.url, token });
    const { sha256 } = await uploadBlob({ url: hub.url, token }, new TextEncoder().encode('a file'));
    for (const [name, pathOf] of Object.entries(layouts)) {
      const at = { kind: 'model' as const, namespace: username, name: name.replace(' ', '-') };
      await api.repositories.create(at);
      const commit = (from: number, count: number) =>
        api.repositories.commit({
          ...at,
          message: 'more',
          operations: Array.from({ length: count }, (_, n) => ({
            op: 'add' as const,
            path: pathOf(from + n),
            sha256,
          })),
        });
      for (let from = 0; from < files; from += commitFiles) await commit(from, commitFiles);
      const started = performance.now();
      const small = quick ? 4 : 40;
      for (let n = 0; n < small; n += 1) await commit(files + n * 250, 250);
      const rate = (small * 250_000) / (performance.now() - started);
      say(`${name}: commits of 250 files on top: ${rate.toFixed(0)} files/s`);
      for (const [what, query] of Object.entries(queriesOf(pathOf))) {
        const times = [];
        for (let round = 0; round < rounds; round += 1) {
          const before = performance.now();
          await api.repositories.tree({ ...at, limit: 1000, ...query });
          times.push(performance.now() - before);
        }
        times.sort((a, b) => a - b);
        say(
          `${name}: ${what}: median ${times[rounds >> 1]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms`,
        );
      }
    }
  } finally {
    await hub.stop();
  }
  return [];
}

function queriesOf(pathOf: (n: number) => string) {
  const folder = pathOf(50_000).split('/').slice(0, -1).join('/');
  return {
    'first 1000 of all files': { recursive: true },
    'a page in the middle': { recursive: true, cursor: pathOf(50_500) },
    'one folder': { folder },
    'the folders of "images"': { folder: 'images' },
  };
}
