import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isColumnStep } from '@banyan/engine';
import { DuckDBBlobVector } from '@duckdb/node-api';
import { describeColumns } from './column.ts';
import { DataError } from './error.ts';
import type { Fitted } from './fitted.ts';
import type { Row } from './preview.ts';
import { own, ownFeature } from './recipe/work.ts';
import type { SplitName } from './split.ts';
import { identifier, literal } from './sql.ts';
import { openParquet, type Tables } from './table.ts';

/** The examples of one split, row after row. */
export interface Split {
  rows: number;
  /** Of one example; `Fitted.shape`. */
  shape: number[];
  /**
   * [rows, ...shape]: features as Float32Array; pixels as the raw Uint8Array, to be scaled by `Fitted.image`; token ids of
   * texts to classify, filled up with `Fitted.special.pad`, as Int32Array. Empty for a stream of text.
   */
  x: Float32Array | Int32Array | Uint8Array;
  /** Classification: the label's index. Regression and forecast: the target in raw units. */
  y?: Float32Array | Int32Array;
  /** A text to continue: all documents' tokens as one stream. */
  tokens?: Int32Array;
  /** Forecast: the target in each window's last row, in raw units. */
  persistence?: Float32Array;
}

/**
 * What a prepared folder was fitted to.
 * @throws DataError 'format' when it holds none, or one of a newer Banyan: nothing that is not known is passed over.
 */
export async function loadFitted(dir: string): Promise<Fitted> {
  const path = join(dir, 'fitted.json');
  let fitted: (Omit<Fitted, 'version'> & { version: number }) | null;
  try {
    fitted = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new DataError(
      'format',
      `${dir} holds no prepared data (fitted.json cannot be read); prepare it again`,
      {},
      error,
    );
  }
  const version = fitted?.version ?? 0;
  if (fitted === null || version !== 1)
    throw new DataError(
      'format',
      version > 1
        ? `this data was prepared by a newer Banyan (fitted.json of version ${version}; this one reads 1); update this worker, or prepare it again`
        : 'this data was prepared by another version of Banyan; prepare it again',
    );
  for (const { name, steps } of fitted.columns)
    for (const { op } of steps)
      if (!isColumnStep(op))
        throw new DataError(
          'format',
          `this data was prepared by a newer Banyan: column "${name}" has a step "${String(op)}", which this one does not know; update this worker, or prepare it again`,
          { column: name, step: op },
        );
  return { ...fitted, version };
}

/** Loads a split's examples into memory. */
export async function loadSplit(
  dir: string,
  split: SplitName,
  options: { signal?: AbortSignal } = {},
): Promise<Split> {
  const fitted = await loadFitted(dir);
  const path = resolve(dir, `${split}.parquet`);
  const tables = await openParquet(path, options);
  try {
    const source: Source = { tables, fitted, from: `FROM read_parquet(${literal(path)})` };
    if (fitted.kind === 'text')
      return fitted.special ? await loadTexts(source, fitted.special) : await loadStream(source);
    if (fitted.kind === 'sequence') return await loadWindows(source);
    const [rows] = await tables.row<[number]>(`SELECT count(*) ${source.from}`);
    const size = fitted.shape.reduce((product, dim) => product * dim, 1);
    const x = fitted.image
      ? await readPixels(source, fitted.image.column, rows, size)
      : await readFeatures(source, rows, size);
    return { rows, shape: fitted.shape, x, ...(fitted.target ? { y: await readTarget(source, rows) } : {}) };
  } finally {
    tables.close();
  }
}

interface Source {
  tables: Tables;
  fitted: Fitted;
  from: string;
}

/** Fills an array with a query's only column. */
async function readNumbers<A extends Float32Array | Int32Array>(
  tables: Tables,
  sql: string,
  array: A,
): Promise<A> {
  let offset = 0;
  for await (const chunk of tables.chunks(sql)) {
    chunk.visitColumnValues(0, (value, i) => {
      array[offset + i] = Number(value);
    });
    offset += chunk.rowCount;
  }
  if (offset !== array.length)
    throw new DataError(
      'format',
      `the prepared data is damaged: ${offset} values instead of ${array.length}; prepare it again`,
    );
  return array;
}

/** [rows, width], whether the features lie in columns or, as very many and those of older versions do, in a list. */
async function readFeatures({ tables, from }: Source, rows: number, width: number): Promise<Float32Array> {
  const described = await tables.rows(`DESCRIBE SELECT * ${from}`);
  const features = new Float32Array(rows * width);
  if (described.some(([name]) => identifier(String(name)) === own.features))
    return readNumbers(tables, `SELECT unnest(${own.features}) ${from}`, features);
  const columns = Array.from({ length: width }, (_, i) => ownFeature(i));
  let first = 0;
  for await (const chunk of tables.chunks(`SELECT ${columns.join(', ')} ${from}`)) {
    for (let place = 0; place < width; place++)
      chunk.visitColumnValues(place, (value, row) => {
        features[(first + row) * width + place] = Number(value);
      });
    first += chunk.rowCount;
  }
  return features;
}

const readTarget = ({ tables, fitted, from }: Source, rows: number): Promise<Float32Array | Int32Array> =>
  readNumbers(
    tables,
    `SELECT ${own.target} ${from}`,
    fitted.target?.labels ? new Int32Array(rows) : new Float32Array(rows),
  );

async function readPixels(
  { tables, from }: Source,
  column: string,
  rows: number,
  size: number,
): Promise<Uint8Array> {
  const pixels = new Uint8Array(rows * size);
  let row = 0;
  for await (const chunk of tables.chunks(`SELECT ${identifier(column)} ${from}`)) {
    const vector = chunk.getColumnVector(0);
    if (!(vector instanceof DuckDBBlobVector))
      throw new DataError('format', `"${column}" holds no images; prepare the data again`);
    for (let i = 0; i < chunk.rowCount; i++, row++) pixels.set(vector.getItem(i)!.bytes, row * size);
  }
  return pixels;
}

async function loadStream({ tables, fitted, from }: Source): Promise<Split> {
  const [rows, length] = await tables.row<[number, number]>(
    `SELECT count(*), coalesce(sum(len(${own.tokens})), 0)::DOUBLE ${from}`,
  );
  const tokens = await readNumbers(tables, `SELECT unnest(${own.tokens}) ${from}`, new Int32Array(length));
  return { rows, shape: fitted.shape, x: new Float32Array(), tokens };
}

/** Texts are stored as they are long, and filled up here. */
async function loadTexts(source: Source, { pad }: { pad: number }): Promise<Split> {
  const { tables, fitted, from } = source;
  const [length = 0] = fitted.shape;
  const [rows] = await tables.row<[number]>(`SELECT count(*) ${from}`);
  const filled = `list_resize(${own.tokens}, ${length}, ${pad})`;
  const x = await readNumbers(tables, `SELECT unnest(${filled}) ${from}`, new Int32Array(rows * length));
  return { rows, shape: fitted.shape, x, y: await readTarget(source, rows) };
}

/** Rows are stored once; the windows over them, which share most rows, are cut here. */
async function loadWindows(source: Source): Promise<Split> {
  const { tables, fitted, from } = source;
  const { length, horizon } = fitted.window!;
  const [, width = 0] = fitted.shape;
  const [rows] = await tables.row<[number]>(`SELECT count(*) ${from}`);
  const features = await readFeatures(source, rows, width);
  const target = await readTarget(source, rows);
  const starts = windowStarts(
    await readNumbers(tables, `SELECT ${own.series} ${from}`, new Int32Array(rows)),
    length,
    horizon,
  );
  const x = new Float32Array(starts.length * length * width);
  for (const [i, start] of starts.entries()) {
    x.set(features.subarray(start * width, (start + length) * width), i * length * width);
  }
  const answers = starts.map((start) => target[start + length - 1 + horizon]!);
  const split: Split = {
    rows: starts.length,
    shape: fitted.shape,
    x,
    y: fitted.target?.labels ? Int32Array.from(answers) : Float32Array.from(answers),
  };
  if (fitted.target?.labels) return split;
  return { ...split, persistence: Float32Array.from(starts, (start) => target[start + length - 1]!) };
}

/** Where windows begin whose rows, to that of the target, are all of one series. */
function windowStarts(series: Int32Array, length: number, horizon: number): number[] {
  const span = length - 1 + horizon;
  return Array.from(series.keys()).filter(
    (start) => start + span < series.length && series[start] === series[start + span],
  );
}

/**
 * The raw cleaned rows of a split: what a served model takes, before any step that changes values; images as the base64 of
 * their raw pixels. For a series they come in windows of T rows each, one window after another; `offset` and `limit` count
 * examples, so that 5 windows of 30 are 150 rows.
 */
export async function rawRows(
  dir: string,
  split: SplitName,
  { offset = 0, limit = Number.MAX_SAFE_INTEGER }: { offset?: number; limit?: number } = {},
): Promise<Row[]> {
  const fitted = await loadFitted(dir);
  const path = resolve(dir, `${split}.parquet`);
  const tables = await openParquet(path);
  try {
    const from = `FROM read_parquet(${literal(path)})`;
    const all = await describeColumns(tables, `SELECT * ${from}`, {});
    const columns = all.filter((column) => !column.name.startsWith('banyan.'));
    const query = `SELECT ${columns.map((column) => identifier(column.name)).join(', ')} ${from}`;
    const read = async (sql: string): Promise<Row[]> =>
      (await tables.rows(sql)).map((cells) =>
        Object.fromEntries(columns.map((column, i) => [column.name, cells[i] ?? null])),
      );
    if (!fitted.window) return await read(`${query} LIMIT ${limit} OFFSET ${offset}`);
    const { length, horizon } = fitted.window;
    const [count] = await tables.row<[number]>(`SELECT count(*) ${from}`);
    const series = await readNumbers(tables, `SELECT ${own.series} ${from}`, new Int32Array(count));
    const starts = windowStarts(series, length, horizon).slice(offset, offset + limit);
    const [first = 0] = starts;
    const end = (starts.at(-1) ?? 0) + length;
    const rows = await read(`${query} LIMIT ${end - first} OFFSET ${first}`);
    return starts.flatMap((start) => rows.slice(start - first, start - first + length));
  } finally {
    tables.close();
  }
}
