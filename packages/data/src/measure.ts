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
  const sums = await ask(expressions.map((_, i) => sum(`v${i}`, units[i]!)));
  const means = bounds.map(({ count, min, max }, i) =>
    Math.min(max, Math.max(min, (Number(sums[i]) / Math.max(1, count)) * units[i]!)),
  );
  const widest = bounds.map(({ min, max }, i) => Math.max(max - means[i]!, means[i]! - min));
  // Squares of parts of the widest distance, lest a square of 1e200 is infinite.
  const squares = await ask(
    expressions.map((_, i) =>
      widest[i]! > 1e-290
        ? sum(square(`((v${i} - ${literalOf(means[i]!)}) / ${literalOf(widest[i]!)})`), unitFor(1))
        : 'NULL',
    ),
  );
  return bounds.map(({ count, min, max }, i) =>
    count === 0
      ? undefined
      : {
          count,
          min,
          max,
          mean: means[i]!,
          variance: (Number(squares[i]) / count) * unitFor(1) * widest[i]! * widest[i]!,
        },
  );
}

const sum = (x: string, unit: number): string =>
  `CAST(sum(CAST(${x} * ${literalOf(1 / unit)} AS BIGINT)) AS VARCHAR)`;

const square = (x: string): string => `${x} * ${x}`;

/** A power of two of which values up to `largest` are at most 2^61 multiples. */
function unitFor(largest: number): number {
  if (!(largest > 0) || !Number.isFinite(largest)) return 1;
  return 2 ** Math.max(-1000, Math.ceil(Math.log2(largest)) - 61);
}

const literalOf = (value: number): string => `CAST('${value}' AS DOUBLE)`;

/** Up to so many values, a quantile is found by sorting them in memory (16 MB). */
const sortedAtOnce = 2_000_000;
const bins = 65_536;

/**
 * Quantiles of a numeric expression, exact and in bounded memory: counted in ever narrower bins until what is left can be
 * sorted. Between two values it is interpolated, as `quantile_cont` does. Missing and infinite values do not count.
 * @param from what follows FROM, with its WHERE
 * @returns one for each of `shares` (0 to 1), or undefined without a value.
 */
export async function quantiles(
  tables: Tables,
  expression: string,
  from: string,
  shares: readonly number[],
): Promise<number[] | undefined> {
  const values = `(SELECT CAST(${expression} AS DOUBLE) AS v FROM ${from}) WHERE isfinite(v)`;
  const [count, low, high] = await tables.row<[number, number, number]>(
    `SELECT count(v), min(v), max(v) FROM ${values}`,
  );
  if (count === 0) return undefined;
  if (count <= sortedAtOnce) {
    const [found] = await tables.row<[number[]]>(
      `SELECT quantile_cont(v, [${shares.join(', ')}]) FROM ${values}`,
    );
    return found;
  }
  if (shares.length > fewShares) return sortedQuantiles(tables, values, count, shares);
  const found: number[] = [];
  for (const share of shares) {
    const place = (count - 1) * share;
    const below = await valueAt(tables, values, Math.floor(place), { low, high, count });
    const above =
      place > Math.floor(place)
        ? await valueAt(tables, values, Math.ceil(place), { low, high, count })
        : below;
    found.push(below + (above - below) * (place - Math.floor(place)));
  }
  return found;
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
    const [below, above] = [at.get(Math.floor(place))!, at.get(Math.ceil(place))!];
    return below + (above - below) * (place - Math.floor(place));
  });
}

/** The value at a place (from 0) in the order of all, which lie in [low, high]. */
async function valueAt(
  tables: Tables,
  values: string,
  place: number,
  { low, high, count }: { low: number; high: number; count: number },
): Promise<number> {
  const inside = `v >= ${literalOf(low)} AND v <= ${literalOf(high)}`;
  if (low === high) return low;
  if (count <= sortedAtOnce) {
    const [value] = await tables.row<[number]>(
      `SELECT v FROM ${values} AND ${inside} ORDER BY v LIMIT 1 OFFSET ${place}`,
    );
    return value;
  }
  const width = (high - low) / bins;
  const counted = await tables.rows<[number, number, number, number]>(
    `SELECT least(CAST(floor((v - ${literalOf(low)}) / ${literalOf(width)}) AS INTEGER), ${bins - 1}) AS bin, count(*), min(v), max(v)
     FROM ${values} AND ${inside} GROUP BY bin ORDER BY bin`,
  );
  let before = 0;
  for (const [, members, least, most] of counted) {
    if (place < before + members)
      return valueAt(tables, values, place - before, { low: least, high: most, count: members });
    before += members;
  }
  throw new RangeError(`place ${place} of ${count} values`);
}
