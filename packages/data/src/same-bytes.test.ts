import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepare } from './prepare.ts';
import { parseRecipe } from './recipe/parse.ts';
import { openTables } from './table.ts';
import { temporaryFolder, writeFiles } from './test-data.ts';

const written = ['train.parquet', 'valid.parquet', 'test.parquet', 'profile.json', 'fitted.json'];

async function digests(
  path: string,
  recipe: string,
  limits: { threads: number; memoryLimitMb?: number },
  outDir = join(temporaryFolder(), 'out'),
): Promise<Record<string, string>> {
  await prepare({
    files: [{ path, name: 'rows.csv' }],
    recipe: parseRecipe(recipe),
    seed: 3,
    outDir,
    ...limits,
  });
  return Object.fromEntries(
    written.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(outDir, name)))
        .digest('hex'),
    ]),
  );
}

test('memory changes no byte, and threads no row: a table in memory or on disk', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'rows.csv');
  const tables = await openTables({ inputs: [], folders: [folder], scratch: join(folder, 'spill') });
  await tables.run(
    `COPY (SELECT round(hash(range) / 1e17, 4) AS x, CASE WHEN range % 7 > 0 THEN round(sqrt(hash(range + 1) % 100003), 3) END AS y,
       'kind ' || hash(range + 2) % 9 AS kind, CASE WHEN range % 11 > 0 THEN 'town ' || hash(range + 3) % 200 END AS town,
       DATE '2020-01-01' + CAST(range % 900 AS INTEGER) AS day, hash(range + 4) % 5 = 0 AS paid,
       CASE WHEN hash(range) % 100 + hash(range + 9) % 100 > 100 THEN 'yes' ELSE 'no' END AS answer
     FROM range(60000)) TO '${path}' (FORMAT csv, HEADER)`,
  );
  tables.close();
  const recipe = `target: answer
steps:
  - impute: { columns: "*", numbers: mean, strings: mode }
  - encode: { columns: [town], method: target }
  - encode: { columns: [kind], method: one-hot }
  - encode: { columns: [day], method: cycles, of: [month] }
  - scale: { columns: [x], method: normal }
  - scale: { columns: [y], method: power }
  - scale: { columns: [town], method: standard }
split: { method: stratified, by: kind, train: 0.7, valid: 0.1, test: 0.2 }`;
  const [two, one] = [join(folder, 'two'), join(folder, 'one')];
  const bytes = await digests(path, recipe, { threads: 2 }, two);
  expect(await digests(path, recipe, { threads: 2, memoryLimitMb: 64 })).toEqual(bytes);
  // DuckDB cuts row groups elsewhere on another number of threads: the rows are the same, in the same order.
  const alone = await digests(path, recipe, { threads: 1 }, one);
  for (const name of ['profile.json', 'fitted.json']) expect(alone[name], name).toBe(bytes[name]);
  expect(await differences(two, one)).toBe(0);
}, 120_000);

const placed = (path: string): string =>
  `SELECT file_row_number, * FROM read_parquet('${path}', file_row_number = true)`;

/** How many rows of the training split are not what they are, at their place, in the other. */
async function differences(a: string, b: string): Promise<number> {
  const [first, second] = [join(a, 'train.parquet'), join(b, 'train.parquet')];
  const tables = await openTables({ inputs: [first, second], folders: [], scratch: join(a, 'spill') });
  const [count] = await tables.row<[number]>(
    `SELECT count(*) FROM ((${placed(first)} EXCEPT ALL ${placed(second)}) UNION ALL (${placed(second)} EXCEPT ALL ${placed(first)}))`,
  );
  tables.close();
  return count;
}

test('texts that are nearly the same are found on any number of threads', async () => {
  const [file] = writeFiles({
    'rows.csv': [
      'text,x,y',
      ...Array.from(
        { length: 2000 },
        (_, i) =>
          `the ${i % 700} quick brown foxes jump over ${i % 13} lazy dogs,${i % 50},${i % 3 ? 'a' : 'b'}`,
      ),
    ].join('\n'),
  });
  const recipe = `target: y
steps: [{ drop-near-duplicates: { column: text } }, { select: { columns: [x] } }, { scale: {} }]`;
  const one = await digests(file!.path, recipe, { threads: 1 });
  expect(await digests(file!.path, recipe, { threads: 2 })).toEqual(one);
});
