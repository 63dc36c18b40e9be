import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { prepare } from '../prepare.ts';
import type { ProgressEvent } from '../progress.ts';
import { checkRecipe } from '../recipe/parse.ts';
import { temporaryFolder, writeFiles } from '../test-data.ts';

let csv: string;
beforeAll(() => {
  // 40 MB: smaller tables are not kept.
  const lines = ['id,when,size,kind,ok,note'];
  for (let i = 0; i < 330_000; i++)
    lines.push(
      `${i},2024-01-${String((i % 28) + 1).padStart(2, '0')},${i % 17 === 0 ? '' : (Math.sin(i) * 100).toFixed(6)},${['ant', 'bee', 'Cat'][i % 3]},${i % 2 === 0},"a note, number ${i}, of some length: ${'x'.repeat(50)} ${(i * 7919) % 1000}"`,
    );
  csv = lines.join('\n');
});

const recipe = checkRecipe({
  task: 'classification',
  target: 'kind',
  steps: [{ select: { except: ['id', 'note'] } }, { impute: {} }, { scale: {} }, { encode: {} }],
  split: { method: 'random', train: 0.6, valid: 0.2, test: 0.2 },
});
const names = ['train.parquet', 'valid.parquet', 'test.parquet', 'profile.json', 'fitted.json'];

async function run(
  files: { path: string; name: string }[],
  kept?: string,
  more: { signal?: AbortSignal; onProgress?: (event: ProgressEvent) => void } = {},
) {
  const outDir = join(temporaryFolder(), 'out');
  await mkdir(outDir);
  const found: string[] = [];
  const keep = kept === undefined ? undefined : { folder: kept, onFound: (what: string) => found.push(what) };
  await prepare({ files, recipe, seed: 5, outDir, keep, ...more });
  const digest = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(outDir, name)))
      .digest('hex');
  return { found, digests: names.map(digest) };
}

test('an attempt after a killed one takes the imported table and finished splits, and makes the same bytes', {
  timeout: 300_000,
}, async () => {
  const files = writeFiles({ 'ants.csv': csv });
  const plain = await run(files);
  const kept = temporaryFolder();
  // Killed when the second split is being written.
  const killed = new AbortController();
  const onProgress = (event: ProgressEvent) => {
    if (event.phase === 'write' && event.unit === 'steps' && event.done === 1)
      killed.abort(new Error('killed'));
  };
  await expect(run(files, kept, { signal: killed.signal, onProgress })).rejects.toThrow('killed');
  expect(await readdir(kept)).toEqual(expect.arrayContaining(['imported.parquet', 'train.parquet']));

  const again = await run(files, kept);
  expect(again.found).toEqual(['the imported table', 'train.parquet']);
  expect(again.digests).toEqual(plain.digests);

  // What is torn is made again.
  truncateSync(join(kept, 'imported.parquet'), 1000);
  writeFileSync(join(kept, 'train.parquet'), 'torn');
  const mended = await run(files, kept);
  expect(mended.found).toEqual(['valid.parquet', 'test.parquet']);
  expect(mended.digests).toEqual(plain.digests);

  writeFileSync(join(kept, 'imported.json'), '');
  const retold = await run(files, kept);
  expect(retold.found).not.toContain('the imported table');
  expect(retold.digests).toEqual(plain.digests);
});
