import { resolve } from 'node:path';
import { type Column, type ColumnType, describeColumns } from './column.ts';
import { readShapes } from './import/parquet.ts';
import { type Value, valueReader } from './preview.ts';
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

/** Profiles every column of a Parquet file that `importTable` or `prepare` wrote. */
export async function profile(parquet: string, options: { signal?: AbortSignal } = {}): Promise<Profile> {
  const path = resolve(parquet);
  const tables = await openParquet(path, options);
  try {
    const images = await readShapes(tables, path);
    return await profileQuery(tables, `SELECT * FROM read_parquet(${literal(path)})`, images);
  } finally {
    tables.close();
  }
}

/** Profiles the answer of a query. */
export async function profileQuery(
  tables: Tables,
  query: string,
  images: Record<string, number[]>,
): Promise<Profile> {
  const columns = await describeColumns(tables, query, images);
  const [rows] = await tables.row<[number]>(`SELECT count(*) FROM (${query})`);
  const profiles: ColumnProfile[] = [];
  for (const column of columns) profiles.push(await profileColumn(tables, query, column, rows));
  return { rows, columns: profiles };
}

async function profileColumn(
  tables: Tables,
  query: string,
  column: Column,
  rows: number,
): Promise<ColumnProfile> {
  const from = `(SELECT ${identifier(column.name)} AS v FROM (${query}))`;
  const [present, distinct] = await tables.row<[number, number]>(
    `SELECT count(v), count(DISTINCT v) FROM ${from}`,
  );
  const read = valueReader(column);
  const examples = await tables.rows(`SELECT v FROM ${from} WHERE v IS NOT NULL LIMIT ${exampleCount}`);
  return {
    name: column.name,
    type: column.type,
    missing: rows - present,
    distinct,
    ...(column.shape ? { shape: column.shape } : {}),
    ...(present > 0 ? await details(tables, from, column.type) : {}),
    examples: examples.map(([cell]) => read(cell ?? null)),
  };
}

async function details(tables: Tables, from: string, type: ColumnType): Promise<Partial<ColumnProfile>> {
  switch (type) {
    case 'integer':
    case 'number': {
      const numbers = await profileNumbers(tables, from);
      return numbers ? { numbers } : {};
    }
    case 'date':
    case 'timestamp': {
      const [min, max] = await tables.row<[string, string]>(
        `SELECT CAST(min(v) AS VARCHAR), CAST(max(v) AS VARCHAR) FROM ${from}`,
      );
      return { times: { min, max } };
    }
    case 'text': {
      const [min, max, mean] = await tables.row<[number, number, number]>(
        `SELECT min(length(v)), max(length(v)), avg(length(v)) FROM ${from}`,
      );
      return { lengths: { min, max, mean }, top: await mostFrequent(tables, from, 'left(v, 100)') };
    }
    case 'boolean':
      return { top: await mostFrequent(tables, from, 'v') };
    default:
      return {};
  }
}

async function mostFrequent(
  tables: Tables,
  from: string,
  value: string,
): Promise<{ value: string | boolean; count: number }[]> {
  const rows = await tables.rows<[string | boolean, number]>(
    `SELECT ${value} AS x, count(*) AS n FROM ${from} WHERE v IS NOT NULL GROUP BY x ORDER BY n DESC, x LIMIT ${topValues}`,
  );
  return rows.map(([value, count]) => ({ value, count }));
}

async function profileNumbers(tables: Tables, from: string): Promise<ColumnProfile['numbers'] | undefined> {
  const finite = `(SELECT CAST(v AS DOUBLE) AS x FROM ${from} WHERE v IS NOT NULL AND isfinite(CAST(v AS DOUBLE)))`;
  const [low, high, mean, std, quantiles, infinite] = await tables.row<
    [number | null, number, number, number, number[], number]
  >(
    `SELECT min(x), max(x), avg(x), coalesce(stddev_samp(x), 0), quantile_cont(x, [0.05, 0.25, 0.5, 0.75, 0.95]),
      (SELECT count(*) FROM ${from} WHERE isinf(CAST(v AS DOUBLE))) FROM ${finite}`,
  );
  if (low === null) return undefined;
  const [q05 = low, q25 = low, q50 = low, q75 = low, q95 = low] = quantiles;
  const width = (high - low) / histogramBins;
  const bins = await tables.rows<[number, number]>(
    width > 0
      ? `SELECT least(CAST(floor((x - ${low}) / ${width}) AS INTEGER), ${histogramBins - 1}) AS bin, count(*) FROM ${finite} GROUP BY bin`
      : `SELECT 0, count(*) FROM ${finite}`,
  );
  const counts = Array.from({ length: width > 0 ? histogramBins : 1 }, () => 0);
  for (const [bin, count] of bins) counts[bin] = count;
  return {
    infinite,
    min: low,
    max: high,
    mean,
    std,
    quantiles: { q05, q25, q50, q75, q95 },
    histogram: { low, high, counts },
  };
}
