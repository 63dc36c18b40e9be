import type { Random } from '@banyan/engine';
import type { SplitOptions } from './recipe/schema.ts';

/** Splits as stored: the index into this list. */
export const splitNames = ['train', 'valid', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** A share of the rows: one of the three splits, or one of the folds that make up training and validation. */
export interface Part {
  fraction: number;
  /** Index into `splitNames`; undefined for rows that no split may have. */
  split?: number;
  fold?: number;
}

/**
 * The parts that rows are dealt to, in the order of time where there is one. With folds, one of them validates and the
 * others train; in time the folds before it train, beginning with a block that is no fold, and those after it are left
 * out (rolling origin).
 */
export function partsOf({ method, train, valid, test, folds, fold = 0 }: SplitOptions): Part[] {
  if (folds === undefined) return [train, valid, test].map((fraction, split) => ({ fraction, split }));
  const blocks = method === 'time' ? folds + 1 : folds;
  const parts = Array.from({ length: blocks }, (_, block): Part => {
    const fraction = (1 - test) / blocks;
    const own = method === 'time' ? block - 1 : block;
    if (own === fold) return { fraction, split: 1, fold: own };
    if (method === 'time' && own > fold) return { fraction, fold: own };
    return { fraction, split: 0, ...(own < 0 ? {} : { fold: own }) };
  });
  return [...parts, { fraction: test, split: 2 }];
}

/**
 * How many of `n` rows each part gets: the whole parts of n * fraction, then one more to the largest remainders
 * (Hamilton's method), so that no share is off by a whole row. On equal remainders training comes first, then test.
 */
export function shares(n: number, parts: readonly Part[]): number[] {
  const quotas = parts.map(({ fraction }) => n * fraction);
  const counts = quotas.map((quota) => Math.floor(quota + 1e-9));
  const remainder = (i: number) => Math.round((quotas[i]! - counts[i]!) * 1e9);
  const rank = (i: number) => ({ 0: 0, 2: 1, 1: 2 })[parts[i]!.split ?? -1] ?? 3;
  const byRemainder = [...parts.keys()].sort(
    (a, b) => remainder(b) - remainder(a) || rank(a) - rank(b) || a - b,
  );
  const left = n - counts.reduce((sum, count) => sum + count, 0);
  for (const i of byRemainder.slice(0, left)) counts[i]! += 1;
  return counts;
}

/**
 * How many rows of each stratum each part gets, so that each has the strata in the proportions of the whole. Many small
 * strata can leave a wanted part empty; it then takes one row from the largest stratum.
 * @param sizes rows of each stratum
 * @returns [stratum][part]
 */
export function stratify(sizes: readonly number[], parts: readonly Part[]): number[][] {
  const counts = sizes.map((size) => shares(size, parts));
  const largest = counts[sizes.indexOf(sizes.reduce((a, b) => Math.max(a, b), 0))];
  for (const [part, { fraction }] of parts.entries()) {
    if (!largest || fraction === 0 || counts.some((row) => row[part]! > 0)) continue;
    const spare = largest.indexOf(largest.reduce((a, b) => Math.max(a, b), 0));
    if (largest[spare]! < 2) continue;
    largest[spare]! -= 1;
    largest[part]! += 1;
  }
  return counts;
}

/**
 * Whole groups to parts, each to the part that is furthest behind its share of the rows: in random order, but first, from
 * the largest on, those that would overfill a small part if they came late.
 * @param sizes rows of each group
 * @param taken rows that each part has already
 * @returns the part of each group.
 */
export function dealGroups(
  sizes: readonly number[],
  parts: readonly Part[],
  random: Random,
  taken: readonly number[] = parts.map(() => 0),
): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0) + taken.reduce((sum, rows) => sum + rows, 0);
  const wanted = [...parts.keys()].filter((part) => parts[part]!.fraction > 0);
  const smallest = Math.min(...wanted.map((part) => parts[part]!.fraction)) * total;
  const weight = (group: number) => (sizes[group]! > smallest / 2 ? sizes[group]! : 0);
  const order = Array.from(random.permutation(sizes.length)).sort((a, b) => weight(b) - weight(a));
  const counts = [...taken];
  const found = sizes.map(() => 0);
  for (const [position, group] of order.entries()) {
    const empty = wanted.filter((part) => counts[part] === 0);
    // The last groups go where nothing is yet: a part without rows is of no use.
    const candidates = empty.length >= order.length - position ? empty : wanted;
    const behind = (part: number) => parts[part]!.fraction * total - counts[part]!;
    const part = candidates.reduce((best, other) => (behind(other) > behind(best) ? other : best));
    counts[part]! += sizes[group]!;
    found[group] = part;
  }
  return found;
}
