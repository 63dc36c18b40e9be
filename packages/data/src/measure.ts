import type { Tables } from './table.ts';

/** Of the finite values of an expression that are not missing. */
export interface Moments extends Omit<Range, 'isFinite'> {
  mean: number;
  /** The mean of the squared distances from the mean. */
  variance: number;
}

interface Range {
  count: number;
  min: number;
  max: number;
  /** Values that are infinite, which count for nothing else. */
  infinite: number;
  /** Whether all values are. */
  isFinite: boolean;
}

/** Expressions measured in one pass over the table. */
export const atOnce = 64;

/**
 * Count, extremes, mean and variance of numeric expressions, the same to the bit whatever the number of threads and the
 * order of rows: each value becomes a whole multiple of a power of two, 2^-61 of the largest magnitude, and sums of integers
 * (128 bits) have no order. The error of a mean is below 2^-61 of that magnitude, less than that of a sum of doubles.
 * @param from what follows FROM, with its WHERE
 * @returns undefined for an expression without a finite value.
 */
export async function measure(
  tables: Tables,
  expressions: readonly string[],
  from: string,
): Promise<(Moments | undefined)[]> {
  const found: (Moments | undefined)[] = [];
  for (let start = 0; start < expressions.length; start += atOnce)
    found.push(...(await measureSome(tables, expressions.slice(start, start + atOnce), from)));
  return found;
}

async function measureSome(
  tables: Tables,
  expressions: readonly string[],
  from: string,
): Promise<(Moments | undefined)[]> {
  const doubles = expressions.map((x) => `CAST(${x} AS DOUBLE)`);
  const bounds = await rangesOf(tables, doubles, from);
  const values = doubles.map((x, i) => (bounds[i]!.isFinite ? x : finite(x)));
  const all = valuesOf(values, from);
  const ask = async (measures: string[]) => tables.row(`SELECT ${measures.join(', ')} FROM ${all}`);
  const units = bounds.map(({ min, max }) => unitFor(Math.max(Math.abs(min), Math.abs(max))));
  const middles = bounds.map(({ min, max }) => min / 2 + max / 2);
  const reaches = bounds.map(({ min, max }, i) => Math.max(max - middles[i]!, middles[i]! - min));
  const sums = await ask(
    expressions.flatMap((_, i) => [sum(`v${i}`, units[i]!), squares(`v${i}`, middles[i]!, reaches[i]!)]),
  );
  const found = bounds.map(({ count, min, max, infinite }, i): Moments | undefined => {
    if (count === 0) return undefined;
    const mean = Math.min(max, Math.max(min, (Number(sums[2 * i]) / count) * units[i]!));
    const off = (mean - middles[i]!) / (reaches[i]! || 1);
    const spread = (Number(sums[2 * i + 1]) / count) * unitFor(1) - off * off;
    return { count, min, max, infinite, mean, variance: Math.max(0, spread) * reaches[i]! * reaches[i]! };
  });
  // Where nearly all values lie far from the middle, a difference of squares has lost its digits.
  const unsure = found.flatMap((one, i) =>
    one && one.variance < 1e-4 * reaches[i]! * reaches[i]! && one.min < one.max ? [{ one, i }] : [],
  );
  if (unsure.length === 0) return found;
  const widest = unsure.map(({ one }) => Math.max(one.max - one.mean, one.mean - one.min));
  const again = await ask(unsure.map(({ one, i }, at) => squares(`v${i}`, one.mean, widest[at]!)));
  for (const [at, { one }] of unsure.entries())
    one.variance = (Number(again[at]) / one.count) * unitFor(1) * widest[at]! * widest[at]!;
  return found;
}

const valuesOf = (expressions: readonly string[], from: string): string =>
  `(SELECT ${expressions.map((x, i) => `${x} AS v${i}`).join(', ')} FROM ${from})`;

async function rangesOf(tables: Tables, doubles: readonly string[], from: string): Promise<Range[]> {
  const ends = doubles.flatMap((_, i) => [`min(v${i})`, `max(v${i})`, `count(v${i})`]);
  const found = await tables.row(`SELECT ${ends.join(', ')} FROM ${valuesOf(doubles, from)}`);
  const ranges = doubles.map((_, i): Range => {
    const [min, max, count] = found.slice(3 * i, 3 * i + 3).map(Number) as [number, number, number];
    // What is not a number is greater than all that are.
    return { min, max, count, infinite: 0, isFinite: Number.isFinite(min) && Number.isFinite(max) };
  });
  // To look at each value for what it is takes as long as all else.
  const odd = [...ranges.keys()].filter((i) => !ranges[i]!.isFinite);
  if (odd.length === 0) return ranges;
  const measures = odd.flatMap((i) => {
    const x = finite(doubles[i]!);
    return [`min(${x})`, `max(${x})`, `count(${x})`, `count(*) FILTER (isinf(${doubles[i]!}))`];
  });
  const again = await tables.row(`SELECT ${measures.join(', ')} FROM ${from}`);
  for (const [at, i] of odd.entries()) {
    const four = again.slice(4 * at, 4 * at + 4).map(Number) as [number, number, number, number];
    const [min, max, count, infinite] = four;
    ranges[i] = { min, max, count, infinite, isFinite: false };
  }
  return ranges;
}

/** Squares of parts of the widest distance, lest a square of 1e200 is infinite. */
const squares = (x: string, centre: number, widest: number): string =>
  widest > 1e-290
    ? sum(square(`((${x} - ${literalOf(centre)}) / ${literalOf(widest)})`), unitFor(1))
    : 'NULL';

const sum = (x: string, unit: number): string =>
  `CAST(sum(CAST(${x} * ${literalOf(1 / unit)} AS BIGINT)) AS VARCHAR)`;

const square = (x: string): string => `${x} * ${x}`;

/** A power of two of which values up to `largest` are at most 2^61 multiples. */
function unitFor(largest: number): number {
  if (!(largest > 0) || !Number.isFinite(largest)) return 1;
  return 2 ** Math.max(-1000, Math.ceil(Math.log2(largest)) - 61);
}

export const literalOf = (value: number): string => `CAST('${value}' AS DOUBLE)`;

/** A value as a double, NULL when it is infinite or not a number. */
export const finite = (x: string): string =>
  `CASE WHEN isfinite(CAST(${x} AS DOUBLE)) THEN CAST(${x} AS DOUBLE) END`;
