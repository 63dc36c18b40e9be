import { createRandom } from '@banyan/engine';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fractions, shares, splitGroups, splitRandom, splitStratified, splitTime } from './split.ts';

const fractions = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }))
  .map(([a, b, c]): Fractions => [a / (a + b + c), b / (a + b + c), c / (a + b + c)]);
const keys = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 300 })
  .map((list) => Int32Array.from(list));
const seeds = fc.integer();

const count = (splits: Uint8Array, split: number) => splits.filter((one) => one === split).length;

test('shares are whole, complete and off by less than one row', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fractions, (n, parts) => {
      const counts = shares(n, parts);
      expect(counts.reduce((a, b) => a + b)).toBe(n);
      for (const i of [0, 1, 2]) expect(Math.abs(counts[i]! - n * parts[i]!)).toBeLessThan(1 + 1e-6);
    }),
  );
});

test('a random split gives every row one split, in the wanted shares, the same for the same seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 500 }), fractions, seeds, (rows, parts, seed) => {
      const splits = splitRandom(rows, parts, createRandom(seed));
      expect(splits.length).toBe(rows);
      for (const i of [0, 1, 2]) expect(Math.abs(count(splits, i) - rows * parts[i]!)).toBeLessThanOrEqual(2);
      expect(splitRandom(rows, parts, createRandom(seed))).toEqual(splits);
    }),
  );
});

test('a stratified split keeps the proportions in each stratum to within a row', () => {
  fc.assert(
    fc.property(keys, fractions, seeds, (strata, parts, seed) => {
      const splits = splitStratified(strata, parts, createRandom(seed));
      const largest = [...new Set(strata)].reduce((a, b) =>
        count(Uint8Array.from(strata), b) > count(Uint8Array.from(strata), a) ? b : a,
      );
      for (const stratum of new Set(strata)) {
        const inside = splits.filter((_, row) => strata[row] === stratum);
        // The largest may have lent a row to a split that would have got none.
        const slack = inside.length >= count(Uint8Array.from(strata), largest) ? 2 : 0;
        for (const i of [0, 1, 2])
          expect(Math.abs(count(inside, i) - inside.length * parts[i]!)).toBeLessThan(1 + slack + 1e-6);
      }
    }),
  );
});

test('a group split never takes a group apart, and leaves no wanted split empty if there are groups enough', () => {
  fc.assert(
    fc.property(keys, fractions, seeds, (groups, parts, seed) => {
      const splits = splitGroups(groups, parts, createRandom(seed));
      for (const group of new Set(groups))
        expect(new Set(splits.filter((_, row) => groups[row] === group)).size).toBe(1);
      const wanted = [0, 1, 2].filter((i) => parts[i]! > 0);
      if (new Set(groups).size >= wanted.length) expect(wanted.every((i) => splits.includes(i))).toBe(true);
      expect(splits.every((split) => parts[split]! > 0)).toBe(true);
    }),
  );
});

test('a group larger than a small split goes where it fits, however late its turn would be', () => {
  const groups = Int32Array.from({ length: 100 }, (_, row) => (row < 40 ? 99 : row));
  fc.assert(
    fc.property(seeds, (seed) => {
      const splits = splitGroups(groups, [0.7, 0.1, 0.2], createRandom(seed));
      expect([0, 1, 2].map((split) => count(splits, split))).toEqual([70, 10, 20]);
    }),
  );
});

test('a split by time has no row that is later than, or as late as, a row of the next split', () => {
  fc.assert(
    fc.property(keys, fractions, (times, parts) => {
      const splits = splitTime(times, parts);
      const of = (split: number) => [...times].filter((_, row) => splits[row] === split);
      for (const [earlier, later] of [
        [0, 1],
        [1, 2],
        [0, 2],
      ] as const) {
        if (of(earlier).length > 0 && of(later).length > 0)
          expect(Math.max(...of(earlier))).toBeLessThan(Math.min(...of(later)));
      }
    }),
  );
});
