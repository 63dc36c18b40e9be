import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { measure } from './measure.ts';
import { quantilesOf } from './quantiles.ts';
import { openTables } from './table.ts';
import { temporaryFolder } from './test-data.ts';

async function values(threads = 2) {
  const tables = await openTables({
    inputs: [],
    folders: [],
    scratch: join(temporaryFolder(), 'spill'),
    threads,
  });
  onTestFinished(() => tables.close());
  await tables.run(
    `CREATE TABLE t AS SELECT hash(range) / 1e19 - 0.7 AS x, CASE WHEN range % 3 > 0 THEN (hash(range) % 1000) * 0.1 END AS y,
     CASE WHEN range = 7 THEN 1e9 ELSE 1 + range % 2 END AS far, 5 AS same FROM range(20001)`,
  );
  return tables;
}

const columns = ['x', 'y', 'far', 'same'];
const shares = [0.05, 0.25, 1 / 3, 0.5, 0.75, 0.95];

test('quantiles are the same to the bit, sorted at once or found in ever narrower bins', async () => {
  const tables = await values();
  const sorted = await quantilesOf(tables, columns, 't', shares);
  const narrow = await quantilesOf({ ...tables, memoryLimitBytes: 64 * 1000 }, columns, 't', shares);
  expect(narrow).toEqual(sorted);
  const many = Array.from({ length: 21 }, (_, i) => i / 20);
  expect(await quantilesOf({ ...tables, memoryLimitBytes: 64 * 1000 }, columns, 't', many)).toEqual(
    await quantilesOf(tables, columns, 't', many),
  );
});

test('and so are those of more rows than are drawn to look near them, in order or not', async () => {
  const tables = await values();
  await tables.run(
    `CREATE TABLE more AS SELECT range AS x, hash(range) % 7 AS y, CASE WHEN range % 50 = 0 THEN hash(range) / 1e3 ELSE -1 END AS far,
       CASE WHEN range = 3 THEN 1 END AS same FROM range(700001)`,
  );
  const sorted = await quantilesOf(tables, columns, 'more', shares);
  for (const most of [100, 5000, 100_000])
    expect(await quantilesOf({ ...tables, memoryLimitBytes: 64 * most }, columns, 'more', shares)).toEqual(
      sorted,
    );
});

test('moments are the same to the bit on any number of threads, and right beside a far value', async () => {
  const [one, two] = [await values(1), await values(2)];
  const found = await measure(one, columns, 't');
  expect(await measure(two, columns, 't')).toEqual(found);
  for (const [i, name] of columns.entries()) {
    const [mean, variance] = await one.row<[number, number]>(`SELECT avg(${name}), var_pop(${name}) FROM t`);
    expect(found[i]!.mean / mean).toBeCloseTo(1, 12);
    if (variance > 0) expect(found[i]!.variance / variance).toBeCloseTo(1, 9);
    else expect(found[i]!.variance).toBe(0);
  }
});
