import { resolve } from 'node:path';
import { type Column, type ColumnType, describeColumns } from './column.ts';
import { readShapes } from './import/parquet.ts';
import { type Moments, measure } from './measure.ts';
import { type Value, valueReader } from './preview.ts';
import { quantilesOf } from './quantiles.ts';
import { isChosen } from './scramble.ts';
import { identifier, literal } from './sql.ts';
import { openParquet, type Tables } from './table.ts';

/** What a table looks like, as plain JSON ready to be drawn. */
export interface Profile {
  rows: number;
  /** Of a large table: about so many rows gave the quantiles, histograms and most frequent values, whose counts are for all. */
  sampled?: number;
  columns: ColumnProfile[];
}

export interface ColumnProfile {
  name: string;
  type: ColumnType;
  missing: number;
  /** Of the values that are not missing. */
  distinct: number;
  /** `distinct` is an estimate (HyperLogLog), within a few percent. */
  distinctIsEstimate?: true;
  /** Numbers only. Infinite values are counted here and left out of all else. */
  numbers?: {
    infinite: number;
    min: number;
    max: number;
    mean: number;
    /** Of the sample (n - 1); 0 for a single value. */
    std: number;
    quantiles: { q05: number; q25: number; q50: number; q75: number; q95: number };
    histogram: Histogram;
  };
  /** Dates and timestamps, in ISO 8601. */
  times?: { min: string; max: string };
  /** Texts: length in characters. */
  lengths?: { min: number; max: number; mean: number };
  /** Texts and booleans: the most frequent values, ties in order of the value. Long texts are cut to 100 characters. */
  top?: { value: string | boolean; count: number }[];
  shape?: number[];
  examples: Value[];
}

/** `counts[i]` values lie in [low + i * w, low + (i + 1) * w), w = (high - low) / counts.length; the last is closed. */
export interface Histogram {
  low: number;
  high: number;
  counts: number[];
}

const histogramBins = 20;
const topValues = 10;
const exampleCount = 5;

/** A table to be described. */
export interface Described {
  tables: Tables;
  /** What follows FROM: a table or a subquery. */
  from: string;
  /** An expression that numbers its rows from 0, in the same way every time. */
  row: string;
  columns: readonly Column[];
  rows: number;
}

/** A table of so many values is kept while it is described. */
const keptCells = 5_000_000;

/** Opens a Parquet file that `importTable` or `prepare` wrote, to be described. */
export async function describeParquet(
  parquet: string,
  options: { signal?: AbortSignal; memoryLimitMb?: number | undefined } = {},
): Promise<Described & { close: () => void }> {
  const path = resolve(parquet);
  const tables = await openParquet(path, options);
  try {
    const images = await readShapes(tables, path);
    const columns = await describeColumns(tables, `SELECT * FROM read_parquet(${literal(path)})`, images);
    const from = `read_parquet(${literal(path)}, file_row_number = true)`;
    const [rows] = await tables.row<[number]>(`SELECT count(*) FROM ${from}`);
    const described = { tables, from, row: 'file_row_number', columns, rows, close: () => tables.close() };
    const isHeavy = columns.some(({ type }) => type === 'image' || type === 'binary');
    if (isHeavy || rows * columns.length > keptCells) return described;
    // Every query would read the file's head again, which says something about each column.
    await tables.run(`CREATE TEMP TABLE described AS SELECT * FROM ${from}`);
    return { ...described, from: 'described' };
  } catch (error) {
    tables.close();
    throw error;
  }
}

/** Profiles every column of a Parquet file that `importTable` or `prepare` wrote. */
export async function profile(parquet: string, options: { signal?: AbortSignal } = {}): Promise<Profile> {
  const described = await describeParquet(parquet, options);
  try {
    return await profileTable(described);
  } finally {
    described.close();
  }
}

/** Profiles every column of a table, many columns at a time: in a wide table each query costs more than its rows. */
export async function profileTable(described: Described): Promise<Profile> {
  const { tables, from, columns, rows } = described;
  const some = await keepSome(described);
  const examples = await tables.rows(`SELECT ${listed(columns)} FROM ${from} LIMIT 200`);
  const counts: Counted[] = [];
  for (const part of inParts(columns, columnsAtOnce))
    counts.push(...(await countValues(described, some, part)));
  const numbers = await profileNumbers(described, some);
  const top = await mostFrequent(described, some);
  const profiles = columns.map((column, i): ColumnProfile => {
    const { present, distinct, isEstimate, times, lengths } = counts[i]!;
    const read = valueReader(column);
    const found = examples.flatMap((cells) => {
      const cell = cells[i] ?? null;
      return cell === null
        ? []
        : [read(typeof cell === 'string' && !column.shape ? cell.slice(0, 1000) : cell)];
    });
    return {
      name: column.name,
      type: column.type,
      missing: rows - present,
      distinct,
      ...(isEstimate ? { distinctIsEstimate: true } : {}),
      ...(column.shape ? { shape: column.shape } : {}),
      ...(numbers.has(column) ? { numbers: numbers.get(column)! } : {}),
      ...(times ? { times } : {}),
      ...(lengths ? { lengths } : {}),
      ...(present > 0 && top.has(column) ? { top: top.get(column)! } : {}),
      examples: found.slice(0, exampleCount),
    };
  });
  return { rows, ...(some.rows < rows ? { sampled: some.rows } : {}), columns: profiles };
}

const isNumeric = ({ type }: Column): boolean => type === 'integer' || type === 'number';
const isTime = ({ type }: Column): boolean => type === 'date' || type === 'timestamp';

const listed = (columns: readonly Column[]): string => columns.map(({ name }) => identifier(name)).join(', ');

const columnsAtOnce = 200;

function* inParts<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

interface Counted {
  present: number;
  distinct: number;
  isEstimate: boolean;
  times?: { min: string; max: string };
  lengths?: { min: number; max: number; mean: number };
}

/** Of a larger table different values are counted one by one only up to this estimate of those in some rows. */
const countedOneByOne = 500;

/** What every row of the table is looked at for. */
async function countValues(
  { tables, from, rows }: Described,
  some: Some,
  columns: readonly Column[],
): Promise<Counted[]> {
  const isLarge = rows > some.rows;
  // Where even some rows have many different values, all of them are not counted one by one.
  const seen = isLarge
    ? await tables.row<number[]>(
        `SELECT ${columns.map((column) => (isKept(column) ? `approx_count_distinct(${identifier(column.name)})` : rows)).join(', ')} FROM ${some.from}`,
      )
    : [];
  const isFew = (i: number): boolean => !isLarge || seen[i]! <= countedOneByOne;
  const measures = columns.map((column, i) => {
    const v = identifier(column.name);
    const distinct = isFew(i) ? 'NULL' : `approx_count_distinct(${v})`;
    if (isTime(column))
      return [`count(${v})`, distinct, `CAST(min(${v}) AS VARCHAR)`, `CAST(max(${v}) AS VARCHAR)`, 'NULL'];
    if (column.type !== 'text') return [`count(${v})`, distinct, 'NULL', 'NULL', 'NULL'];
    const length = `length(${v})`;
    return [`count(${v})`, distinct, `min(${length})`, `max(${length})`, `CAST(sum(${length}) AS DOUBLE)`];
  });
  const answer = await tables.row<(number | string | null)[]>(
    `SELECT ${measures.flat().join(', ')} FROM ${from}`,
  );
  const few = columns.filter((_, i) => isFew(i));
  const exact =
    few.length === 0
      ? []
      : await tables.row<number[]>(
          `SELECT ${few.map(({ name }) => `count(DISTINCT ${identifier(name)})`).join(', ')} FROM ${from}`,
        );
  return columns.map((column, i): Counted => {
    const [present, estimate] = [Number(answer[5 * i]), Number(answer[5 * i + 1])];
    const [low, high, sum] = answer.slice(5 * i + 2, 5 * i + 5);
    const isEstimate = !isFew(i);
    return {
      present,
      distinct: isEstimate ? Math.min(estimate, present) : exact[few.indexOf(column)]!,
      isEstimate,
      ...(isTime(column) && present > 0 ? { times: { min: String(low), max: String(high) } } : {}),
      ...(column.type === 'text' && present > 0
        ? { lengths: { min: Number(low), max: Number(high), mean: Number(sum) / present } }
        : {}),
    };
  });
}

/** Rows on which quantiles, histograms and frequent values are measured, of tables of more than twice as many. */
const sampledRows = 200_000;

interface Some {
  from: string;
  rows: number;
}

/** Whether a column is among what is kept of some rows. */
const isKept = ({ type }: Column): boolean => type !== 'image' && type !== 'binary';

/** The rows of a larger table that are looked at closely, chosen by their numbers and kept in a table. */
async function keepSome({ tables, from, row, rows, columns }: Described): Promise<Some> {
  if (rows <= 2 * sampledRows) return { from, rows };
  const values = columns.filter(isKept).map(({ name, type }) => {
    const v = identifier(name);
    return type === 'text' ? `left(${v}, ${topCharacters}) AS ${v}` : v;
  });
  await tables.run(
    `CREATE OR REPLACE TEMP TABLE profiled AS SELECT ${[`${row} AS "banyan.sampled"`, ...values].join(', ')} FROM ${from} WHERE ${isChosen(row, 0, sampledRows / rows)}`,
  );
  const [found] = await tables.row<[number]>('SELECT count(*) FROM profiled');
  return { from: 'profiled', rows: found };
}

const topCharacters = 100;
/** Values that are counted by name in one query. */
const cellsAtOnce = 2_000_000;

/** The most frequent values of texts and booleans. */
async function mostFrequent(
  { tables, columns, rows }: Described,
  some: Some,
): Promise<Map<Column, NonNullable<ColumnProfile['top']>>> {
  const named = columns.filter(({ type }) => type === 'text' || type === 'boolean');
  const width = Math.max(1, Math.min(columnsAtOnce, Math.floor(cellsAtOnce / Math.max(1, some.rows))));
  const top = new Map<Column, NonNullable<ColumnProfile['top']>>();
  for (const part of inParts(named, width)) {
    const counted = part.map(({ name, type }) => {
      const v = type === 'text' ? `left(${identifier(name)}, ${topCharacters})` : identifier(name);
      return `list_sort(list_transform(map_entries(histogram(${v})), lambda e: {'n': -CAST(e.value AS BIGINT), 'v': e.key}))[1:${topValues}] AS h`;
    });
    const measures = part.flatMap((_, i) => [
      `list_transform(h${i}, lambda e: e.v)`,
      `list_transform(h${i}, lambda e: -e.n)`,
    ]);
    const answer = await tables.row<((string | boolean)[] | number[] | null)[]>(
      `SELECT ${measures.join(', ')} FROM (SELECT ${counted.map((sql, i) => `${sql}${i}`).join(', ')} FROM ${some.from})`,
    );
    for (const [i, column] of part.entries()) {
      const [values, counts] = [answer[2 * i] ?? [], (answer[2 * i + 1] ?? []) as number[]];
      top.set(
        column,
        (values as (string | boolean)[]).map((value, place) => ({
          value,
          count: Math.round((counts[place]! * rows) / some.rows),
        })),
      );
    }
  }
  return top;
}

const shares = [0.05, 0.25, 0.5, 0.75, 0.95];

async function profileNumbers(
  { tables, from, columns, rows }: Described,
  some: Some,
): Promise<Map<Column, NonNullable<ColumnProfile['numbers']>>> {
  const numeric = columns.filter(isNumeric);
  const names = numeric.map(({ name }) => identifier(name));
  const moments = await measure(tables, names, from);
  const quantiles = await quantilesOf(tables, names, some.from, shares);
  const histograms = await countBins(tables, some.from, names, moments);
  const found = new Map<Column, NonNullable<ColumnProfile['numbers']>>();
  for (const [i, column] of numeric.entries()) {
    if (!moments[i]) continue;
    const { min, max, mean, variance, count, infinite } = moments[i];
    const [q05 = min, q25 = min, q50 = min, q75 = min, q95 = min] = quantiles[i] ?? [];
    found.set(column, {
      infinite,
      min,
      max,
      mean,
      std: count > 1 ? Math.sqrt((variance * count) / (count - 1)) : 0,
      quantiles: { q05, q25, q50, q75, q95 },
      histogram: {
        low: min,
        high: max,
        counts: histograms[i]!.map((members) => Math.round((members * rows) / some.rows)),
      },
    });
  }
  return found;
}

/** How many values lie in each bin from the least to the greatest; a constant has one bin. */
async function countBins(
  tables: Tables,
  from: string,
  names: readonly string[],
  moments: readonly (Moments | undefined)[],
): Promise<number[][]> {
  const found = moments.map((one) =>
    Array.from({ length: one && one.max > one.min ? histogramBins : 1 }, () => 0),
  );
  for (const part of inParts([...names.keys()], columnsAtOnce)) {
    const bins = part.map((i) => {
      const { min = 0, max = 0 } = moments[i] ?? {};
      const width = (max - min) / histogramBins;
      const x = `CAST(${names[i]!} AS DOUBLE)`;
      const bin =
        width > 0
          ? `least(CAST(floor((${x} - CAST('${min}' AS DOUBLE)) / CAST('${width}' AS DOUBLE)) AS UTINYINT), ${histogramBins - 1})`
          : '0::UTINYINT';
      return `histogram(CASE WHEN isfinite(${x}) THEN ${bin} END) AS h${i}`;
    });
    const answer = await tables.row<(number[] | null)[]>(
      `SELECT ${part.map((i) => `map_keys(h${i}), map_values(h${i})`).join(', ')} FROM (SELECT ${bins.join(', ')} FROM ${from})`,
    );
    for (const [at, i] of part.entries())
      for (const [place, bin] of (answer[2 * at] ?? []).entries())
        found[i]![bin] = answer[2 * at + 1]![place]!;
  }
  return found;
}
