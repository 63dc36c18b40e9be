import type { Random } from '@banyan/engine';

/** Splits as stored: the index into this list. */
export const splitNames = ['train', 'valid', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** What part of the rows each split gets, in the order of `splitNames`; they sum to 1. */
export type Fractions = readonly [number, number, number];

/**
 * How many of `n` rows each split gets: the whole parts of n * fraction, then one more to the largest remainders
 * (Hamilton's method), so that no share is off by a whole row. On equal remainders training comes first, then test.
 */
export function shares(n: number, fractions: Fractions): [number, number, number] {
  const quotas = fractions.map((fraction) => n * fraction);
  const counts = quotas.map((quota) => Math.floor(quota + 1e-9)) as [number, number, number];
  const remainder = (i: number) => Math.round((quotas[i]! - counts[i]!) * 1e9);
  const byRemainder = [0, 2, 1].sort((a, b) => remainder(b) - remainder(a));
  const left = n - counts[0] - counts[1] - counts[2];
  for (const i of byRemainder.slice(0, left)) counts[i]! += 1;
  return counts;
}

/** Rows to splits at random. */
export function splitRandom(rows: number, fractions: Fractions, random: Random): Uint8Array {
  return splitStratified(new Int32Array(rows), fractions, random);
}

/** Rows to splits at random within each stratum, so that each split has the strata in the proportions of the whole. */
export function splitStratified(strata: Int32Array, fractions: Fractions, random: Random): Uint8Array {
  const members = new Map<number, number[]>();
  for (const row of random.permutation(strata.length)) {
    const stratum = strata[row]!;
    const rows = members.get(stratum);
    if (rows) rows.push(row);
    else members.set(stratum, [row]);
  }
  const splits = new Uint8Array(strata.length);
  for (const rows of members.values()) {
    const [train, valid] = shares(rows.length, fractions);
    for (const row of rows.slice(train, train + valid)) splits[row] = 1;
    for (const row of rows.slice(train + valid)) splits[row] = 2;
  }
  return fillEmpty(splits, fractions, [...members.values()]);
}

/** Many small strata can leave a wanted split empty; it then takes one row from the largest stratum. */
function fillEmpty(splits: Uint8Array, fractions: Fractions, members: number[][]): Uint8Array {
  const largest = members.toSorted((a, b) => b.length - a.length)[0] ?? [];
  for (const split of [1, 2]) {
    if (fractions[split] === 0 || splits.includes(split)) continue;
    const spare = largest.filter((row) => splits[row] === 0);
    if (spare.length > 1) splits[spare.at(-1)!] = split;
  }
  return splits;
}

/**
 * Whole groups to splits, each to the split that is furthest behind its share of the rows: in random order, but first, from
 * the largest on, those that would overfill a small split if they came late.
 */
export function splitGroups(groups: Int32Array, fractions: Fractions, random: Random): Uint8Array {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const ids = [...sizes.keys()].sort((a, b) => a - b);
  const smallest = Math.min(...fractions.filter((fraction) => fraction > 0)) * groups.length;
  const weight = (group: number) => (sizes.get(group)! > smallest / 2 ? sizes.get(group)! : 0);
  const order = Array.from(random.permutation(ids.length), (i) => ids[i]!).sort(
    (a, b) => weight(b) - weight(a),
  );
  const counts = [0, 0, 0];
  const splitOf = new Map<number, number>();
  for (const [position, group] of order.entries()) {
    const wanted = [0, 1, 2].filter((split) => fractions[split]! > 0);
    const empty = wanted.filter((split) => counts[split] === 0);
    // The last groups go where nothing is yet: a split without rows is of no use.
    const candidates = empty.length >= order.length - position ? empty : wanted;
    const behind = (split: number) => fractions[split]! * groups.length - counts[split]!;
    const split = candidates.reduce((best, other) => (behind(other) > behind(best) ? other : best));
    counts[split]! += sizes.get(group)!;
    splitOf.set(group, split);
  }
  return Uint8Array.from(groups, (group) => splitOf.get(group)!);
}

/** The earliest rows train, the latest test. Rows of one time stay together, so that no split sees its own present. */
export function splitTime(times: Int32Array, fractions: Fractions): Uint8Array {
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
  const [train, valid] = shares(times.length, fractions);
  const cut = (position: number) => {
    let end = position;
    while (end > 0 && end < order.length && times[order[end]!] === times[order[end - 1]!]) end++;
    return end;
  };
  const [trainEnd, validEnd] = [cut(train), cut(train + valid)];
  const splits = new Uint8Array(times.length);
  for (const [position, row] of order.entries())
    splits[row] = position < trainEnd ? 0 : position < validEnd ? 1 : 2;
  return splits;
}
