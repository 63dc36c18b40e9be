import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Column, describeColumns } from '../column.ts';
import { DataError } from '../error.ts';
import { isImage, isImageMetadata } from '../images/folder.ts';
import { type Progress, type ProgressTrack, trackProgress } from '../progress.ts';
import { identifier } from '../sql.ts';
import { databaseFor, openTables, type Tables, translate } from '../table.ts';
import { openCsv } from './csv.ts';
import type { Plain } from './csv-scan.ts';
import { importIdx } from './idx.ts';
import { createTyped } from './infer.ts';
import { importJson } from './json.ts';
import {
  explainParquet,
  type ImageShapes,
  importParquet,
  ownRow,
  tooManyRows,
  writeParquet,
} from './parquet.ts';
import { type Described, importPictures } from './pictures.ts';
import { type Format, type InputFile, openSources, type Source } from './source.ts';
import { type ReadTypes, type Staged, unionByName } from './staged.ts';
import { importText } from './text.ts';

export interface ImportLimits {
  /** Bytes of all files together, unpacked. Default 64 GB. */
  maxBytes?: number;
  /** Default a billion. */
  maxRows?: number;
  /** Of DuckDB's own. Default 1,024. */
  memoryLimitMb?: number | undefined;
  /** Default 2. Rows do not depend on it, but the row groups of a file do. */
  threads?: number | undefined;
}

export interface ImportOptions extends ImportLimits {
  signal?: AbortSignal;
  onProgress?: Progress;
}

export interface TableInfo {
  rows: number;
  columns: Column[];
  /** What a person should know about how the files were read. */
  notes: string[];
}

/**
 * Reads files of one kind (CSV or TSV, JSON, JSON lines, Parquet, plain text, IDX images with labels; each also .gz) into
 * one Parquet file, one below another, columns matched by name. Types are found by looking at every value; NA, null and
 * empty cells are missing.
 * @throws DataError that names the file, the line if there is one, and what to do.
 */
export async function importTable(
  files: readonly InputFile[],
  out: string,
  options: ImportOptions = {},
): Promise<TableInfo> {
  const target = resolve(out);
  const scratch = `${target}.scratch`;
  await mkdir(scratch, { recursive: true });
  const track = trackProgress(options.onProgress);
  const tables = await openTables({
    inputs: files.map((file) => resolve(file.path)),
    folders: [dirname(target)],
    scratch,
    memoryLimitMb: options.memoryLimitMb,
    threads: options.threads,
    ...databaseFor(files, `${scratch}/tables.db`, options.memoryLimitMb),
    isTrusted: true,
    signal: options.signal,
    onStatement: track.onStatement,
  });
  try {
    const imported = await readRows(tables, files, 'imported', scratch, { ...options, track });
    const { rows, columns, notes, images } = imported;
    const query = `SELECT ${columns.map(({ name }) => identifier(name)).join(', ')} FROM imported`;
    try {
      await writeParquet(tables, query, `${scratch}/out.parquet`, images, { width: columns.length });
    } catch (error) {
      throw imported.explain(error);
    }
    await rename(`${scratch}/out.parquet`, target);
    return { rows, columns, notes };
  } catch (error) {
    throw translate(error);
  } finally {
    tables.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** An imported table, or a view of a Parquet file. */
export interface Imported extends TableInfo {
  images: ImageShapes;
  /** An expression that numbers its rows from 0. */
  row: string;
  /** What an error of reading from it means. */
  explain: (error: unknown) => unknown;
  drop: () => Promise<void>;
}

/** A part of the imported table. */
interface Part {
  name: string;
  isView: boolean;
}

/**
 * Reads files into a table of an open DuckDB; see `importTable`. `scratch` is a folder that DuckDB may read. Unlike there, the
 * files may be images, with what describes them: see `importPictures`.
 */
export async function readTable(
  tables: Tables,
  files: readonly InputFile[],
  table: string,
  scratch: string,
  options: Omit<ImportOptions, 'onProgress'> & { track?: ProgressTrack },
): Promise<Imported> {
  const pictures = files.filter(({ name }) => isImage(name));
  if (pictures.length === 0) return readRows(tables, files, table, scratch, options);
  const notes: string[] = [];
  const others = files.filter(({ name }) => !isImage(name) && !isImageMetadata(name));
  if (others.length > 0)
    notes.push(
      `left out, being neither an image nor metadata.csv or .jsonl: ${others
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')}${others.length > 5 ? `, and ${others.length - 5} more` : ''}`,
    );
  const metadata = files.filter(({ name }) => isImageMetadata(name));
  const described: (Described & { drop: () => Promise<void> })[] = [];
  for (const [i, file] of metadata.entries()) {
    const name = `metadata_${i}`;
    const read = await readRows(tables, [file], name, scratch, options);
    notes.push(...read.notes);
    described.push({ table: name, file, drop: read.drop });
  }
  const { maxBytes = 64e9, maxRows = 1e9, signal } = options;
  if (pictures.length > maxRows) throw tooManyRows(pictures.length, maxRows);
  await importPictures(tables, pictures, table, { described, maxBytes, notes, signal });
  for (const { drop } of described) await drop();
  options.track?.step('import', files.length, files.length);
  return {
    rows: pictures.length,
    columns: await describeColumns(tables, `SELECT * FROM ${table}`, {}),
    notes,
    images: {},
    row: 'rowid',
    explain: (error) => error,
    drop: () => tables.run(`DROP TABLE ${table}`),
  };
}

async function readRows(
  tables: Tables,
  files: readonly InputFile[],
  table: string,
  scratch: string,
  options: Omit<ImportOptions, 'onProgress'> & { track?: ProgressTrack },
): Promise<Imported> {
  const given = files.map(({ path, name }) => ({ path: resolve(path), name }));
  const sources = await openSources(given, scratch, options.maxBytes ?? 64e9, options.signal);
  const maxRows = options.maxRows ?? 1e9;
  const parts: Part[] = [];
  const notes: string[] = [];
  let images: ImageShapes = {};
  let done = 0;
  const advance = (count: number) => {
    done += count;
    options.track?.step('import', done, sources.length);
  };
  const allBytes = sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  options.track?.over(allBytes, 'bytes');
  advance(0);
  const since = Date.now();
  let before = 0;
  const onRead = (bytes: number) =>
    options.track?.onStatement((before + bytes) / allBytes, Date.now() - since);

  const staged: Staged[] = [];
  for (const source of sources) {
    const name = `file_${parts.length + staged.length}`;
    if (source.format === 'csv') staged.push(await openCsv(source, { ...options, onRead }));
    else if (source.format === 'json' || source.format === 'jsonl')
      staged.push(await importJson(tables, source, name));
    else if (source.format === 'parquet') {
      images = { ...images, ...(await importParquet(tables, source, name, maxRows)) };
      parts.push({ name, isView: true });
      advance(1);
    }
    before += source.sizeBytes;
  }
  if (staged.length > 0) {
    parts.unshift({ name: await typed(tables, staged, notes), isView: false });
    advance(staged.length);
  }
  const texts = ofFormat(sources, 'text');
  if (texts.length > 0) {
    await importText(tables, texts, 'texts');
    parts.push({ name: 'texts', isView: false });
  }
  const idx = ofFormat(sources, 'idx');
  if (idx.length > 0) {
    images.image = await importIdx(tables, idx, 'pictures');
    parts.push({ name: 'pictures', isView: false });
  }
  advance(texts.length + idx.length);

  const [parquet] = ofFormat(sources, 'parquet');
  const explain = (error: unknown) => (parquet ? explainParquet(error, parquet.name) : error);
  try {
    const joined = await join(tables, parts, table, notes);
    const [rows] = await tables.row<[number]>(`SELECT count(*) FROM ${table}`);
    if (rows === 0) throw new DataError('empty', `${files.map((file) => file.name).join(', ')}: no rows`);
    if (rows > maxRows) throw tooManyRows(rows, maxRows);
    const described = await describeColumns(tables, `SELECT * FROM ${table}`, images);
    const columns = described.filter(({ name }) => identifier(name) !== ownRow || !joined.isView);
    return {
      rows,
      columns,
      notes,
      images,
      row: joined.isView ? ownRow : 'rowid',
      explain,
      drop: () => tables.run(`DROP ${joined.isView ? 'VIEW' : 'TABLE'} ${table}`),
    };
  } catch (error) {
    throw explain(error);
  }
}

/** All parts as one table; a Parquet file alone stays where it is. */
async function join(
  tables: Tables,
  parts: readonly Part[],
  table: string,
  notes: string[],
): Promise<{ isView: boolean }> {
  const queries = parts.map(({ name, isView }) =>
    isView ? `SELECT * EXCLUDE (${ownRow}) FROM ${name}` : `SELECT * FROM ${name}`,
  );
  await requireAlike(tables, queries, notes);
  const [only] = parts;
  if (only && parts.length === 1) {
    await tables.run(`ALTER ${only.isView ? 'VIEW' : 'TABLE'} ${only.name} RENAME TO ${table}`);
    return only;
  }
  await tables.run(`CREATE TABLE ${table} AS ${unionByName(queries)}`);
  for (const { name, isView } of parts) await tables.run(`DROP ${isView ? 'VIEW' : 'TABLE'} ${name}`);
  return { isView: false };
}

function ofFormat(sources: readonly Source[], format: Format): Source[] {
  return sources.filter((source) => source.format === format);
}

/** All text tables as one, its types found over all files together. */
async function typed(tables: Tables, staged: readonly Staged[], notes: string[]): Promise<string> {
  const query = (types?: ReadTypes) => unionByName(staged.map((one) => one.query(types)));
  notes.push(...staged.flatMap((one) => one.notes));
  try {
    await requireAlike(
      tables,
      staged.map((one) => one.query()),
      notes,
    );
    const described = await tables.rows(`DESCRIBE ${query()}`);
    const columns = described.map(([name]) => {
      const owners = staged
        .flatMap((one) => one.columns)
        .filter((column) => sameName(column.name, String(name)));
      return {
        name: String(name),
        quoted: owners.every((column) => column.quoted),
        plain: plainInAll(owners.map((column) => column.plain)),
      };
    });
    const decimalComma = staged.every((one) => one.decimalComma);
    const create = () => createTyped(tables, 'typed', query, columns, { decimalComma });
    // A thread holds 2,048 rows of every column several times over.
    notes.push(...(await (columns.length > 1000 ? tables.alone(create) : create())));
  } catch (error) {
    for (const { explain } of staged) explain?.(error);
    throw error;
  }
  await requireAllRows(tables, staged);
  for (const { table } of staged) if (table !== undefined) await tables.run(`DROP TABLE ${table}`);
  return 'typed';
}

/** What a column is in all files that have it. */
const plainInAll = (owners: readonly (Plain | undefined)[]): Plain => ({
  integer: owners.every((plain) => plain?.integer === true),
  number: owners.every((plain) => plain?.number === true),
  text: owners.every((plain) => plain?.text === true),
});

/** A file whose quotes are not what they seem can be read to the end and yet not whole. */
async function requireAllRows(tables: Tables, staged: readonly Staged[]): Promise<void> {
  for (const { query, rows, name } of staged) {
    if (rows === undefined) continue;
    const [read] = await tables.row<[number]>(
      staged.length === 1 ? 'SELECT count(*) FROM typed' : `SELECT count(*) FROM (${query()})`,
    );
    if (read === rows) continue;
    throw new DataError(
      'format',
      `${name}: ${rows} rows are there but only ${read} can be read; check its quotes`,
      { file: name },
    );
  }
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Files of one table share columns. A column that some files lack is worth a note; nothing in common is a mistake. */
async function requireAlike(tables: Tables, parts: readonly string[], notes: string[]): Promise<void> {
  const columns: string[][] = [];
  for (const part of parts)
    columns.push((await tables.rows(`DESCRIBE ${part}`)).map(([name]) => String(name)));
  const [first = [], ...others] = columns;
  for (const other of others) {
    const common = other.filter((name) => first.some((known) => sameName(known, name)));
    if (common.length === 0) {
      throw new DataError(
        'format',
        `the files do not belong to one table: one has the columns ${first.slice(0, 5).join(', ')}, another ${other.slice(0, 5).join(', ')}; import them apart`,
      );
    }
    const odd = [...first, ...other].filter((name) => !common.some((known) => sameName(known, name)));
    if (odd.length > 0)
      notes.push(`not every file has ${odd.map((name) => `"${name}"`).join(', ')}; there it is missing`);
  }
}
