import type { Tables } from './table.ts';

/** Of the finite values of an expression that are not missing. */
export interface Moments {
  count: number;
  min: number;
  max: number;
  mean: number;
  /** The mean of the squared distances from the mean. */
  variance: number;
}

/** Expressions measured in one pass over the table. */
const atOnce = 64;

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
  const values = expressions
    .map((x, i) => `CASE WHEN isfinite(CAST(${x} AS DOUBLE)) THEN CAST(${x} AS DOUBLE) END AS v${i}`)
    .join(', ');
  const ask = async (measures: string[]): Promise<(number | string | null)[]> =>
    tables.row(`SELECT ${measures.join(', ')} FROM (SELECT ${values} FROM ${from})`);
  const range = await ask(expressions.flatMap((_, i) => [`count(v${i})`, `min(v${i})`, `max(v${i})`]));
  const bounds = expressions.map((_, i) => ({
    count: Number(range[3 * i]),
    min: Number(range[3 * i + 1]),
    max: Number(range[3 * i + 2]),
  }));
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

const literalOf = (value: number): string => `CAST('${value}' AS DOUBLE)`;

/** Of the memory, so much may be values that are sorted at once: 16 million of 8 bytes in a gigabyte. */
const sortedPart = 1 / 64;
const bins = 65_536;

/** Quantiles of one expression; see `quantilesOf`. */
export async function quantiles(
  tables: Tables,
  expression: string,
  from: string,
  shares: readonly number[],
): Promise<number[] | undefined> {
  return (await quantilesOf(tables, [expression], from, shares))[0];
}

/**
 * Quantiles of numeric expressions, exact and in bounded memory: sorted as many at once as there is room for, or counted in
 * ever narrower bins until what is left can be sorted. Between two values it is interpolated, as `quantile_cont` does.
 * Missing and infinite values do not count.
 * @param from what follows FROM, with its WHERE
 * @returns for each expression one number for each of `shares` (0 to 1), or undefined without a value.
 */
export async function quantilesOf(
  tables: Tables,
  expressions: readonly string[],
  from: string,
  shares: readonly number[],
): Promise<(number[] | undefined)[]> {
  const found: (number[] | undefined)[] = [];
  for (let start = 0; start < expressions.length; start += atOnce)
    found.push(...(await quantilesOfSome(tables, expressions.slice(start, start + atOnce), from, shares)));
  return found;
}

/** Values from `low` to `high`: `count` of them, and `before` below. */
interface Range {
  low: number;
  high: number;
  count: number;
  before: number;
}

const finite = (x: string): string =>
  `CASE WHEN isfinite(CAST(${x} AS DOUBLE)) THEN CAST(${x} AS DOUBLE) END`;

async function quantilesOfSome(
  tables: Tables,
  expressions: readonly string[],
  from: string,
  shares: readonly number[],
): Promise<(number[] | undefined)[]> {
  const values = `(SELECT ${expressions.map((x, i) => `${finite(x)} AS v${i}`).join(', ')} FROM ${from})`;
  const most = tables.memoryLimitBytes * sortedPart;
  const [all] = await tables.row<[number]>(`SELECT count(*) FROM ${from}`);
  const found: (number[] | undefined)[] = [];
  if (all <= most) {
    const width = Math.max(1, Math.floor(most / Math.max(1, all)));
    for (let start = 0; start < expressions.length; start += width) {
      const some = expressions.slice(start, start + width);
      const asked = some.map((_, i) => `quantile_cont(v${start + i}, [${shares.join(', ')}])`);
      const answer = await tables.row<(number[] | null)[]>(`SELECT ${asked.join(', ')} FROM ${values}`);
      found.push(...answer.map((one) => one ?? undefined));
    }
    return found;
  }
  const extremes = await tables.row<number[]>(
    `SELECT ${expressions.map((_, i) => `min(v${i}), max(v${i}), count(v${i})`).join(', ')} FROM ${values}`,
  );
  const ranges = expressions.map((_, i): Range => {
    const [low, high, count] = extremes.slice(3 * i, 3 * i + 3) as [number, number, number];
    return { low, high, count, before: 0 };
  });
  const few = shares.length <= fewShares;
  const narrow = few ? await narrowed(tables, values, ranges, all, shares) : [];
  for (const [i, expression] of expressions.entries()) {
    const column = `(SELECT CAST(${expression} AS DOUBLE) AS v FROM ${from}) WHERE isfinite(v)`;
    const range = ranges[i]!;
    if (range.count === 0) found.push(undefined);
    else if (few) found.push(await binned(tables, column, [...narrow[i]!, range], shares, most));
    else found.push(await sortedQuantiles(tables, column, range.count, shares));
  }
  return found;
}

/** Values that say about where the others lie. */
const sampledValues = 200_000;

/**
 * For each expression and share a range in which the value is nearly sure to lie: so many standard errors to either side of
 * where it lies among some values drawn at random (each row by itself).
 */
async function narrowed(
  tables: Tables,
  values: string,
  ranges: readonly Range[],
  rows: number,
  shares: readonly number[],
): Promise<Range[][]> {
  const near = (share: number, sign: number): number =>
    Math.min(1, Math.max(0, share + sign * (5 * Math.sqrt((share * (1 - share)) / sampledValues) + 1e-4)));
  const asked = shares.flatMap((share) => [near(share, -1), near(share, 1)]).join(', ');
  const drawn = `${values} USING SAMPLE ${Math.min(100, (100 * sampledValues) / rows)} PERCENT (bernoulli, 1)`;
  const found = await tables.row<(number[] | null)[]>(
    `SELECT ${ranges.map((_, i) => `quantile_disc(v${i}, [${asked}])`).join(', ')} FROM ${drawn}`,
  );
  const ends = ranges.flatMap((_, i) =>
    shares.flatMap((_share, s) => {
      const [low, high] = found[i]?.slice(2 * s, 2 * s + 2) ?? [];
      return low === undefined || high === undefined ? [] : [{ i, low, high }];
    }),
  );
  if (ends.length === 0) return ranges.map(() => []);
  const counts = await tables.row<number[]>(
    `SELECT ${ends.map(({ i, low, high }) => `count(*) FILTER (v${i} < ${literalOf(low)}), count(*) FILTER (v${i} <= ${literalOf(high)})`).join(', ')} FROM ${values}`,
  );
  const known = ends.map(({ i, low, high }, at) => {
    const [before, until] = [counts[2 * at]!, counts[2 * at + 1]!];
    return { i, range: { low, high, before, count: until - before } };
  });
  return ranges.map((_, i) => known.filter((one) => one.i === i).map(({ range }) => range));
}

/** @param ranges of which the last holds all values */
async function binned(
  tables: Tables,
  values: string,
  ranges: readonly Range[],
  shares: readonly number[],
  most: number,
): Promise<number[]> {
  const found: number[] = [];
  for (const share of shares) {
    const place = (ranges.at(-1)!.count - 1) * share;
    const [first, last] = [Math.floor(place), Math.ceil(place)];
    const range = ranges.find(({ before, count }) => before <= first && last < before + count)!;
    const [below, above] = await valuesAt(tables, values, first, last, range, most);
    found.push(between(below, above, place));
  }
  return found;
}

/** As DuckDB's `quantile_cont` computes it, to the bit. */
function between(below: number, above: number, place: number): number {
  const part = place - Math.floor(place);
  return below * (1 - part) + above * part;
}

/** Each costs passes over the table; more are read off the sorted values, which spill to disk. */
const fewShares = 10;

async function sortedQuantiles(
  tables: Tables,
  values: string,
  count: number,
  shares: readonly number[],
): Promise<number[]> {
  const places = shares.map((share) => (count - 1) * share);
  const wanted = [...new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]))];
  const rows = await tables.rows<[number, number]>(
    `SELECT place, v FROM (SELECT v, row_number() OVER (ORDER BY v) - 1 AS place FROM ${values})
     WHERE place IN (${wanted.join(', ')})`,
  );
  const at = new Map(rows);
  return places.map((place) => {
    return between(at.get(Math.floor(place))!, at.get(Math.ceil(place))!, place);
  });
}

/** The values at two places, the same or next to one another, in the order of all (from 0), which lie in a range. */
async function valuesAt(
  tables: Tables,
  values: string,
  first: number,
  last: number,
  { low, high, count, before }: Range,
  most: number,
): Promise<[number, number]> {
  const inside = `v >= ${literalOf(low)} AND v <= ${literalOf(high)}`;
  if (low === high) return [low, low];
  if (count <= most) {
    const rows = await tables.rows<[number]>(
      `SELECT v FROM ${values} AND ${inside} ORDER BY v LIMIT ${last - first + 1} OFFSET ${first - before}`,
    );
    return [rows[0]![0], rows.at(-1)![0]];
  }
  const width = (high - low) / bins;
  const counted = await tables.rows<[number, number, number, number]>(
    `SELECT least(CAST(floor((v - ${literalOf(low)}) / ${literalOf(width)}) AS INTEGER), ${bins - 1}) AS bin, count(*), min(v), max(v)
     FROM ${values} AND ${inside} GROUP BY bin ORDER BY bin`,
  );
  let below = before;
  for (const [at, [, members, least, greatest]] of counted.entries()) {
    const range = { low: least, high: greatest, count: members, before: below };
    below += members;
    if (last < below) return valuesAt(tables, values, first, last, range, most);
    if (first >= below) continue;
    // The last of its bin, and the first of the next.
    return [greatest, counted[at + 1]![2]];
  }
  throw new RangeError(`place ${last} of ${count} values`);
}
