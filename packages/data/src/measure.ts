import type { Tables } from './table.ts';

/** Of the finite values of an expression that are not missing. */
export interface Range {
  count: number;
  min: number;
  max: number;
}

export interface Moments extends Range {
  mean: number;
  /** The mean of the squared distances from the mean. */
  variance: number;
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
  const ranges: Range[] = [];
  for (let start = 0; start < expressions.length; start += atOnce) {
    const some = expressions.slice(start, start + atOnce);
    const measures = some.flatMap((_, i) => [`count(v${i})`, `min(v${i})`, `max(v${i})`]);
    const found = await askOf(tables, some, from, measures);
    for (const i of some.keys())
      ranges.push({
        count: Number(found[3 * i]),
        min: Number(found[3 * i + 1]),
        max: Number(found[3 * i + 2]),
      });
  }
  return measureWithin(tables, expressions, from, ranges);
}

/** `measure` of expressions whose ranges are known. */
export async function measureWithin(
  tables: Tables,
  expressions: readonly string[],
  from: string,
  ranges: readonly Range[],
): Promise<(Moments | undefined)[]> {
  const found: (Moments | undefined)[] = [];
  for (let start = 0; start < expressions.length; start += atOnce) {
    const end = start + atOnce;
    found.push(...(await measureSome(tables, expressions.slice(start, end), from, ranges.slice(start, end))));
  }
  return found;
}

function askOf(
  tables: Tables,
  expressions: readonly string[],
  from: string,
  measures: readonly string[],
): Promise<(number | string | null)[]> {
  const values = expressions.map((x, i) => `${finite(x)} AS v${i}`).join(', ');
  return tables.row(`SELECT ${measures.join(', ')} FROM (SELECT ${values} FROM ${from})`);
}

async function measureSome(
  tables: Tables,
  expressions: readonly string[],
  from: string,
  bounds: readonly Range[],
): Promise<(Moments | undefined)[]> {
  const ask = (measures: string[]) => askOf(tables, expressions, from, measures);
  const units = bounds.map(({ min, max }) => unitFor(Math.max(Math.abs(min), Math.abs(max))));
  const middles = bounds.map(({ min, max }) => min / 2 + max / 2);
  const reaches = bounds.map(({ min, max }, i) => Math.max(max - middles[i]!, middles[i]! - min));
  const sums = await ask(
    expressions.flatMap((_, i) => [sum(`v${i}`, units[i]!), squares(`v${i}`, middles[i]!, reaches[i]!)]),
  );
  const found = bounds.map(({ count, min, max }, i): Moments | undefined => {
    if (count === 0) return undefined;
    const mean = Math.min(max, Math.max(min, (Number(sums[2 * i]) / count) * units[i]!));
    const off = (mean - middles[i]!) / (reaches[i]! || 1);
    const spread = (Number(sums[2 * i + 1]) / count) * unitFor(1) - off * off;
    return { count, min, max, mean, variance: Math.max(0, spread) * reaches[i]! * reaches[i]! };
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
