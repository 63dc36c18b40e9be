import { createRandom } from '@banyan/engine';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Dealing,
  partByGroup,
  partByStratum,
  partByTime,
  wholeTable,
  withLets,
} from './recipe/parts.ts';
import { dealGroups, type Part, partsOf, shares } from './split.ts';
import { openTables } from './table.ts';
import { temporaryFolder } from './test-data.ts';

const parts = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }))
  .map((weights): Part[] => {
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight, split) => ({ fraction: weight / sum, split }));
  });
const keys = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 300 });
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
// Each asks a database.
const someRuns = { numRuns: 25 };

const count = (found: readonly number[], part: number) => found.filter((one) => one === part).length;

/** The part of each row, by its number, of a table whose only column has these values. */
async function deal(
  values: string,
  how: (dealing: Dealing) => ReturnType<typeof partByTime>,
  wanted: readonly Part[],
  seed = 1,
  threads = 2,
): Promise<number[]> {
  const tables = await openTables({
    inputs: [],
    folders: [],
    scratch: `${temporaryFolder()}/spill`,
    threads,
  });
  try {
    await tables.run(
      `CREATE TABLE data AS SELECT rowid AS "banyan.row", v FROM (${values})`.replace(
        'rowid',
        'row_number() OVER () - 1',
      ),
    );
    const { part, lets = {} } = await how({ tables, parts: wanted, random: createRandom(seed), seed });
    const rows = await tables.rows<[number]>(`SELECT ${part} FROM ${withLets(lets)} ORDER BY "banyan.row"`);
    return rows.map(([found]) => found);
  } finally {
    tables.close();
  }
}

const listed = (values: readonly (number | null)[]): string =>
  `SELECT unnest([${values.map((v) => v ?? 'NULL').join(', ')}]::BIGINT[]) AS v`;

const atRandom = (dealing: Dealing) => partByStratum(dealing, wholeTable);

test('shares are whole, complete and off by less than one row', () => {
  fc.assert(
    fc.property(fc.nat(10_000), parts, (n, wanted) => {
      const counts = shares(n, wanted);
      expect(counts.reduce((a, b) => a + b)).toBe(n);
      for (const i of [0, 1, 2])
        expect(Math.abs(counts[i]! - n * wanted[i]!.fraction)).toBeLessThan(1 + 1e-6);
    }),
  );
});

test('a random split gives every row one split, in exact shares, the same for the same seed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 3, max: 3000 }), parts, seeds, async (rows, wanted, seed) => {
      const found = await deal(`SELECT range AS v FROM range(${rows})`, atRandom, wanted, seed);
      expect(found.length).toBe(rows);
      for (const i of [0, 1, 2])
        expect(Math.abs(count(found, i) - rows * wanted[i]!.fraction)).toBeLessThanOrEqual(2);
      expect(await deal(`SELECT range AS v FROM range(${rows})`, atRandom, wanted, seed, 1)).toEqual(found);
    }),
    someRuns,
  );
});

// Four standard deviations of a fair coin.
const near = (agreeing: number, of: number) =>
  expect(Math.abs(agreeing / of - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(of));

test('a random split is random: neighbours are as independent as strangers, and seeds differ', async () => {
  const half: Part[] = [
    { fraction: 0.5, split: 0 },
    { fraction: 0.5, split: 1 },
  ];
  const rows = 'SELECT range AS v FROM range(20000)';
  const [one, other] = [await deal(rows, atRandom, half, 1), await deal(rows, atRandom, half, 2)];
  near(one.filter((part, i) => part === other[i]).length, 20_000);
  for (const step of [1, 2, 3, 64, 1024])
    near(one.slice(step).filter((part, i) => part === one[i]).length, 20_000 - step);
});

test('a stratified split keeps the proportions in each stratum to within a row', async () => {
  await fc.assert(
    fc.asyncProperty(keys, parts, seeds, async (strata, wanted, seed) => {
      const found = await deal(listed(strata), (dealing) => partByStratum(dealing, 'v'), wanted, seed);
      const most = Math.max(...strata.map((stratum) => count(strata, stratum)));
      for (const stratum of new Set(strata)) {
        const inside = found.filter((_, row) => strata[row] === stratum);
        // The largest may have lent a row to a split that would have got none.
        const slack = inside.length === most ? 2 : 0;
        for (const i of [0, 1, 2])
          expect(Math.abs(count(inside, i) - inside.length * wanted[i]!.fraction)).toBeLessThan(
            1 + slack + 1e-6,
          );
      }
    }),
    someRuns,
  );
});

test('a group split never takes a group apart, and leaves no wanted split empty if there are groups enough', async () => {
  await fc.assert(
    fc.asyncProperty(keys, parts, seeds, async (groups, wanted, seed) => {
      const found = await deal(listed(groups), (dealing) => partByGroup(dealing, 'v'), wanted, seed);
      for (const group of new Set(groups))
        expect(new Set(found.filter((_, row) => groups[row] === group)).size).toBe(1);
      const some = [0, 1, 2].filter((i) => wanted[i]!.fraction > 0);
      if (new Set(groups).size >= some.length) expect(some.every((i) => found.includes(i))).toBe(true);
      expect(found.every((part) => wanted[part]!.fraction > 0)).toBe(true);
    }),
    someRuns,
  );
});

const usual: Part[] = [0.7, 0.1, 0.2].map((fraction, split) => ({ fraction, split }));

test('a group larger than a small split goes where it fits, however late its turn would be', () => {
  const sizes = [...Array.from({ length: 60 }, () => 1), 40];
  fc.assert(
    fc.property(seeds, (seed) => {
      const found = dealGroups(sizes, usual, createRandom(seed));
      expect(
        [0, 1, 2].map((part) => sizes.reduce((sum, size, i) => sum + (found[i] === part ? size : 0), 0)),
      ).toEqual([70, 10, 20]);
    }),
  );
});

test('more groups than are counted one by one stay whole too, in their shares, the large ones among them', async () => {
  // 150,000 groups of two rows, and one of 100,000, missing.
  const values =
    'SELECT CAST(range // 2 AS BIGINT) AS v FROM range(300000) UNION ALL SELECT NULL FROM range(100000)';
  const found = await deal(values, (dealing) => partByGroup(dealing, 'v'), usual, 5);
  for (let row = 0; row < 300_000; row += 2)
    if (found[row] !== found[row + 1]) expect.fail(`group of row ${row} is torn`);
  expect(new Set(found.slice(300_000)).size).toBe(1);
  for (const [i, { fraction }] of usual.entries()) expect(count(found, i) / 400_000).toBeCloseTo(fraction, 2);
});

test('of very many groups none comes to a split that is to have none', async () => {
  const noTest: Part[] = [0.8, 0.2, 0].map((fraction, split) => ({ fraction, split }));
  const values = 'SELECT CAST(range AS BIGINT) AS v FROM range(120000)';
  const found = await deal(values, (dealing) => partByGroup(dealing, 'v'), noTest);
  expect(count(found, 2)).toBe(0);
});

test('a split by time has no row that is later than, or as late as, a row of the next split', async () => {
  await fc.assert(
    fc.asyncProperty(keys, parts, async (times, wanted) => {
      const found = await deal(listed(times), (dealing) => partByTime(dealing, 'v'), wanted);
      const of = (part: number) => times.filter((_, row) => found[row] === part);
      for (const [earlier, later] of [
        [0, 1],
        [1, 2],
        [0, 2],
      ] as const) {
        if (of(earlier).length > 0 && of(later).length > 0)
          expect(Math.max(...of(earlier))).toBeLessThan(Math.min(...of(later)));
      }
    }),
    someRuns,
  );
});

test("folds are of one size to within a row in each stratum; in time those after the one that validates are no one's", async () => {
  const options = { train: 0.6, valid: 0.2, test: 0.2, folds: 4, fold: 1 };
  const wanted = partsOf({ method: 'stratified', ...options });
  const strata = Array.from({ length: 400 }, (_, i) => i % 3);
  const found = await deal(listed(strata), (dealing) => partByStratum(dealing, 'v'), wanted);
  for (const stratum of [0, 1, 2])
    for (const fold of [0, 1, 2, 3])
      expect(
        Math.abs(
          count(
            found.filter((_, i) => strata[i] === stratum),
            fold,
          ) -
            400 / 3 / 5,
        ),
      ).toBeLessThan(1);
  expect(wanted.map(({ split }) => split)).toEqual([0, 1, 0, 0, 2]);
  expect(partsOf({ method: 'time', ...options })).toEqual([
    { fraction: 0.16, split: 0 },
    { fraction: 0.16, split: 0, fold: 0 },
    { fraction: 0.16, split: 1, fold: 1 },
    { fraction: 0.16, fold: 2 },
    { fraction: 0.16, fold: 3 },
    { fraction: 0.2, split: 2 },
  ]);
});
