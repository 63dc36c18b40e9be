import { resolve } from 'node:path';
import { type Column, type ColumnType, describeColumns } from './column.ts';
import { readShapes } from './import/parquet.ts';
import { type Moments, measure, quantiles } from './measure.ts';
import { type Value, valueReader } from './preview.ts';
import { scrambled } from './scramble.ts';
import { identifier, literal } from './sql.ts';
import { openParquet, type Tables } from './table.ts';

/** What a table looks like, as plain JSON ready to be drawn. */
export interface Profile {
  rows: number;
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
    /** Of a sample of a million rows, beyond two million. */
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

/** Profiles every column of a table. */
export async function profileTable(described: Described): Promise<Profile> {
  const { tables, from, columns, rows } = described;
  const some = await keepSome(described);
  const counts = await countValues(described);
  const examples = await tables.rows(`SELECT ${listed(columns)} FROM ${from} LIMIT 200`);
  const numeric = columns.filter(isNumeric);
  const moments = await measure(
    tables,
    numeric.map(({ name }) => identifier(name)),
    from,
  );
  const profiles: ColumnProfile[] = [];
  for (const [i, column] of columns.entries()) {
    const { present, distinct, isEstimate } = counts[i]!;
    const read = valueReader(column);
    const found = examples.flatMap((cells) => {
      const cell = cells[i] ?? null;
      return cell === null
        ? []
        : [read(typeof cell === 'string' && !column.shape ? cell.slice(0, 1000) : cell)];
    });
    profiles.push({
      name: column.name,
      type: column.type,
      missing: rows - present,
      distinct,
      ...(isEstimate ? { distinctIsEstimate: true } : {}),
      ...(column.shape ? { shape: column.shape } : {}),
      ...(present > 0
        ? await details({ ...described, some }, column, moments[numeric.indexOf(column)], distinct)
        : {}),
      examples: found.slice(0, exampleCount),
    });
  }
  return { rows, columns: profiles };
}

const isNumeric = ({ type }: Column): boolean => type === 'integer' || type === 'number';

const listed = (columns: readonly Column[]): string => columns.map(({ name }) => identifier(name)).join(', ');

/** Distinct values are counted one by one up to this estimate. */
const countedOneByOne = 20_000;
const columnsAtOnce = 200;

async function countValues({
  tables,
  from,
  columns,
  rows,
}: Described): Promise<{ present: number; distinct: number; isEstimate: boolean }[]> {
  const found: { present: number; distinct: number; isEstimate: boolean }[] = [];
  for (let start = 0; start < columns.length; start += columnsAtOnce) {
    const some = columns.slice(start, start + columnsAtOnce);
    const measures = some.map(
      ({ name }) => `count(${identifier(name)}), approx_count_distinct(${identifier(name)})`,
    );
    const answer = await tables.row<number[]>(`SELECT ${measures.join(', ')} FROM ${from}`);
    const counted = some.map((_, i) => rows <= 1_000_000 || answer[2 * i + 1]! <= countedOneByOne);
    const exact = await tables.row<number[]>(
      `SELECT ${some.map(({ name }, i) => (counted[i] ? `count(DISTINCT ${identifier(name)})` : '0')).join(', ')} FROM ${from}`,
    );
    for (const i of some.keys()) {
      const [present, estimate] = [answer[2 * i]!, answer[2 * i + 1]!];
      const distinct = counted[i] ? exact[i]! : Math.min(estimate, present);
      found.push({ present, distinct, isEstimate: !counted[i] });
    }
  }
  return found;
}

/** Rows in which values are counted by name; more are sampled. */
const sampledRows = 1_000_000;

/** About a million rows of a larger table, chosen by their numbers and kept in a table. */
async function keepSome({ tables, from, row, rows, columns }: Described): Promise<string> {
  if (rows <= 2 * sampledRows) return from;
  await tables.run(
    `CREATE OR REPLACE TEMP TABLE profiled AS SELECT ${listed(columns)} FROM ${from} WHERE ${scrambled(row, 0)} < ${Math.round((sampledRows / rows) * 2 ** 32)}`,
  );
  return 'profiled';
}

async function details(
  described: Described & { some: string },
  column: Column,
  moments: Moments | undefined,
  distinct: number,
): Promise<Partial<ColumnProfile>> {
  const { tables, from } = described;
  const v = identifier(column.name);
  switch (column.type) {
    case 'integer':
    case 'number':
      return moments ? { numbers: await profileNumbers(described, v, moments) } : {};
    case 'date':
    case 'timestamp': {
      const [min, max] = await tables.row<[string, string]>(
        `SELECT CAST(min(${v}) AS VARCHAR), CAST(max(${v}) AS VARCHAR) FROM ${from}`,
      );
      return { times: { min, max } };
    }
    case 'text': {
      const [min, max, total, count] = await tables.row<[number, number, number, number]>(
        `SELECT min(length(${v})), max(length(${v})), CAST(sum(length(${v})) AS DOUBLE), count(${v}) FROM ${from}`,
      );
      const places = distinct > countedOneByOne ? described.some : from;
      return {
        lengths: { min, max, mean: total / count },
        top: await mostFrequent(tables, places, `left(${v}, 100)`, v),
      };
    }
    case 'boolean':
      return { top: await mostFrequent(tables, from, v, v) };
    default:
      return {};
  }
}

async function mostFrequent(
  tables: Tables,
  from: string,
  value: string,
  column: string,
): Promise<{ value: string | boolean; count: number }[]> {
  const rows = await tables.rows<[string | boolean, number]>(
    `SELECT ${value} AS x, count(*) AS n FROM ${from} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${topValues}`,
  );
  return rows.map(([value, count]) => ({ value, count }));
}

async function profileNumbers(
  described: Described & { some: string },
  v: string,
  { min, max, mean, variance, count }: Moments,
): Promise<NonNullable<ColumnProfile['numbers']>> {
  const { tables, from } = described;
  const width = (max - min) / histogramBins;
  const x = `CAST(${v} AS DOUBLE)`;
  const bins = await tables.rows<[number, number]>(
    `SELECT CASE WHEN isinf(${x}) THEN -1 WHEN isnan(${x}) THEN -2 ELSE ${width > 0 ? `least(CAST(floor((${x} - CAST('${min}' AS DOUBLE)) / CAST('${width}' AS DOUBLE)) AS INTEGER), ${histogramBins - 1})` : '0'} END AS bin, count(*)
     FROM ${from} WHERE ${v} IS NOT NULL GROUP BY 1`,
  );
  const counts = Array.from({ length: width > 0 ? histogramBins : 1 }, () => 0);
  for (const [bin, members] of bins) if (bin >= 0) counts[bin] = members;
  const [q05 = min, q25 = min, q50 = min, q75 = min, q95 = min] =
    (await quantiles(tables, v, described.some, [0.05, 0.25, 0.5, 0.75, 0.95])) ?? [];
  return {
    infinite: bins.find(([bin]) => bin === -1)?.[1] ?? 0,
    min,
    max,
    mean,
    std: count > 1 ? Math.sqrt((variance * count) / (count - 1)) : 0,
    quantiles: { q05, q25, q50, q75, q95 },
    histogram: { low: min, high: max, counts },
  };
}
