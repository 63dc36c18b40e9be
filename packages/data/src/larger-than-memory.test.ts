import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTables } from './table.ts';
import { temporaryFolder } from './test-data.ts';

const recipe = `target: label
steps:
  - select: { except: [note] }
  - impute: { columns: "*", numbers: median, strings: mode }
  - encode: { columns: "*", method: one-hot }
  - scale: { columns: "*", method: standard }
split: { method: stratified, by: label, train: 0.7, valid: 0.1, test: 0.2 }`;

/** A process of its own, so that its peak of memory is that of this preparation. */
const program = (path: string, outDir: string): string => `
  import { parseRecipe, prepare } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
  const phases = new Set();
  const { splits } = await prepare({
    files: [{ path: ${JSON.stringify(path)}, name: 'rows.csv' }],
    recipe: parseRecipe(${JSON.stringify(recipe)}),
    seed: 1, outDir: ${JSON.stringify(outDir)}, memoryLimitMb: 96, threads: 2,
    onProgress: ({ phase }) => phases.add(phase),
  });
  console.log(JSON.stringify({ splits, phases: [...phases], peakBytes: process.resourceUsage().maxRSS * 1024 }));`;

test('memory does not grow with the table: three times the rows within 96 MB of DuckDB', async () => {
  // DuckDB fills a row group of 122,880 rows a thread before it compresses them: both tables hold more than those.
  const small = await peakOf(250_000);
  const large = await peakOf(750_000);
  expect(large.sizeBytes).toBeGreaterThan(460e6);
  expect(large.splits).toEqual({ train: 525_000, valid: 75_000, test: 150_000 });
  expect(large.phases).toEqual(
    expect.arrayContaining(['import', 'impute', 'encode', 'scale', 'write', 'profile']),
  );
  expect(large.peakBytes).toBeLessThan(1.4 * small.peakBytes);
  expect(large.peakBytes).toBeLessThan(0.9e9);
}, 300_000);

async function peakOf(rows: number) {
  const folder = temporaryFolder();
  const path = join(folder, 'rows.csv');
  const tables = await openTables({ inputs: [], folders: [folder], scratch: join(folder, 'spill') });
  // Each note has bytes of its own, so that no compression makes the table small.
  await tables.run(
    `COPY (SELECT hash(range) % 1000 / 10 AS x, CASE WHEN range % 9 > 0 THEN hash(range + 1) % 77 END AS n, 'kind ' || hash(range + 2) % 5 AS kind,
       list_aggregate(list_transform(range(20), lambda i: md5(CAST(range * 20 + i AS VARCHAR))), 'string_agg', ' ') AS note,
       CASE WHEN hash(range + 3) % 3 = 0 THEN 'a' ELSE 'b' END AS label
     FROM range(${rows})) TO '${path}' (FORMAT csv, HEADER)`,
  );
  tables.close();
  const script = join(folder, 'prepare.mjs');
  writeFileSync(script, program(path, join(folder, 'out')));
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  expect(ran.stderr).toBe('');
  const found = JSON.parse(ran.stdout) as {
    splits: Record<string, number>;
    phases: string[];
    peakBytes: number;
  };
  return { ...found, sizeBytes: statSync(path).size };
}
