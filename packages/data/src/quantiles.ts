import { atOnce, finite, literalOf } from './measure.ts';
import type { Tables } from './table.ts';

/** Of the memory, so much may be values that are sorted at once: 16 million of 8 bytes in a gigabyte. */
const sortedPart = 1 / 64;
/** Of more rows it is quicker to look where a quantile must lie, and to sort what is there. */
const sortedRows = 1_000_000;
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
 * Quantiles of numeric expressions, exact and in bounded memory: of few rows sorted, of many looked for near where they lie
 * in a sample, or else in ever narrower bins. Between two values it is interpolated, as `quantile_cont` does.
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
interface Slice {
  low: number;
  high: number;
  count: number;
  before: number;
}

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
  if (all <= Math.min(most, sortedRows)) {
    const width = Math.max(1, Math.floor(most / Math.max(1, all)));
    for (let start = 0; start < expressions.length; start += width) {
      const some = expressions.slice(start, start + width);
      const asked = some.map((_, i) => `quantile_cont(v${start + i}, [${shares.join(', ')}])`);
      const answer = await tables.row<(number[] | null)[]>(`SELECT ${asked.join(', ')} FROM ${values}`);
      found.push(...answer.map((one) => one ?? undefined));
    }
    return found;
  }
  const few = shares.length <= fewShares;
  const narrow = few ? await narrowed(tables, values, expressions.length, all, shares) : [];
  for (const [i, expression] of expressions.entries()) {
    const column = `(SELECT CAST(${expression} AS DOUBLE) AS v FROM ${from}) WHERE isfinite(v)`;
    found.push(
      few
        ? await binned(tables, column, narrow[i]!, shares, most)
        : await sortedQuantiles(tables, column, shares),
    );
  }
  return found;
}

/** Values that say about where the others lie. */
const sampledValues = 200_000;

/** Values of an expression, and ranges of it. */
interface Narrowed {
  count: number;
  ranges: Slice[];
}

/**
 * For each expression and share a range in which the value is nearly sure to lie: so many standard errors to either side of
 * where it lies among some values drawn at random (each row by itself).
 */
async function narrowed(
  tables: Tables,
  values: string,
  expressions: number,
  rows: number,
  shares: readonly number[],
): Promise<Narrowed[]> {
  const near = (share: number, sign: number): number =>
    Math.min(1, Math.max(0, share + sign * (5 * Math.sqrt((share * (1 - share)) / sampledValues) + 1e-4)));
  const asked = shares.flatMap((share) => [near(share, -1), near(share, 1)]).join(', ');
  // As many threads draw as read; which rows they are changes where is looked, not what is found.
  const drawn = `${values} WHERE random() < ${Math.min(1, sampledValues / rows)}`;
  const places = Array.from({ length: expressions }, (_, i) => i);
  const found = await tables.row<(number[] | null)[]>(
    `SELECT ${places.map((i) => `quantile_disc(v${i}, [${asked}])`).join(', ')} FROM ${drawn}`,
  );
  const ends = places.flatMap((i) =>
    shares.flatMap((_share, s) => {
      const [low, high] = found[i]?.slice(2 * s, 2 * s + 2) ?? [];
      return low === undefined || high === undefined ? [] : [{ i, low, high }];
    }),
  );
  const counts = await tables.row<number[]>(
    `SELECT ${[
      ...places.map((i) => `count(v${i})`),
      ...ends.flatMap(({ i, low, high }) => [
        `sum(CAST(v${i} < ${literalOf(low)} AS INTEGER))::DOUBLE`,
        `sum(CAST(v${i} <= ${literalOf(high)} AS INTEGER))::DOUBLE`,
      ]),
    ].join(', ')} FROM ${values}`,
  );
  const known = ends.map(({ i, low, high }, at) => {
    const [before, until] = counts.slice(expressions + 2 * at) as [number, number];
    return { i, range: { low, high, before, count: until - before } };
  });
  return places.map((i) => ({
    count: counts[i]!,
    ranges: known.filter((one) => one.i === i).map(({ range }) => range),
  }));
}

async function binned(
  tables: Tables,
  values: string,
  { count, ranges }: Narrowed,
  shares: readonly number[],
  most: number,
): Promise<number[] | undefined> {
  if (count === 0) return undefined;
  const found: number[] = [];
  for (const share of shares) {
    const place = (count - 1) * share;
    const [first, last] = [Math.floor(place), Math.ceil(place)];
    const isIn = (range: Slice) => range.before <= first && last < range.before + range.count;
    const range = ranges.find(isIn) ?? (await wholeRange(tables, values, count));
    const [below, above] = await valuesAt(tables, values, first, last, range, most);
    found.push(between(below, above, place));
  }
  return found;
}

async function wholeRange(tables: Tables, values: string, count: number): Promise<Slice> {
  const [low, high] = await tables.row<[number, number]>(`SELECT min(v), max(v) FROM ${values}`);
  return { low, high, before: 0, count };
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
  shares: readonly number[],
): Promise<number[] | undefined> {
  const [count] = await tables.row<[number]>(`SELECT count(*) FROM ${values}`);
  if (count === 0) return undefined;
  const places = shares.map((share) => (count - 1) * share);
  const wanted = [...new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]))];
  const rows = await tables.rows<[number, number]>(
    `SELECT place, v FROM (SELECT v, row_number() OVER (ORDER BY v) - 1 AS place FROM ${values})
     WHERE place IN (${wanted.join(', ')})`,
  );
  const at = new Map(rows);
  return places.map((place) => between(at.get(Math.floor(place))!, at.get(Math.ceil(place))!, place));
}

/** The values at two places, the same or next to one another, in the order of all (from 0), which lie in a range. */
async function valuesAt(
  tables: Tables,
  values: string,
  first: number,
  last: number,
  { low, high, count, before }: Slice,
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
