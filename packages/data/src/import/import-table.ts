import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Column, describeColumns } from '../column.ts';
import { DataError } from '../error.ts';
import { openTables, type Tables, translate } from '../table.ts';
import { importCsv } from './csv.ts';
import { importIdx } from './idx.ts';
import { inferTypes } from './infer.ts';
import { importJson } from './json.ts';
import { type ImageShapes, importParquet, writeParquet } from './parquet.ts';
import { type Format, type InputFile, openSources, type Source } from './source.ts';
import { type Staged, unionByName } from './staged.ts';
import { importText } from './text.ts';

export interface ImportLimits {
  /** Bytes of all files together, unpacked. Default 4 GB. */
  maxBytes?: number;
  /** Default 20 million. */
  maxRows?: number;
  memoryLimitMb?: number;
}

export type Progress = (event: { phase: string; done: number; total: number }) => void;

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
  const tables = await openTables({
    inputs: files.map((file) => resolve(file.path)),
    folders: [dirname(target)],
    scratch,
    memoryLimitMb: options.memoryLimitMb,
    signal: options.signal,
  });
  try {
    const { images, ...info } = await readTable(tables, files, 'imported', scratch, options);
    await writeParquet(tables, 'SELECT * FROM imported', `${scratch}/out.parquet`, images);
    await rename(`${scratch}/out.parquet`, target);
    return info;
  } catch (error) {
    throw translate(error);
  } finally {
    tables.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Reads files into a table of an open DuckDB; see `importTable`. `scratch` is a folder that DuckDB may read. */
export async function readTable(
  tables: Tables,
  files: readonly InputFile[],
  table: string,
  scratch: string,
  options: ImportOptions,
): Promise<TableInfo & { images: ImageShapes }> {
  const given = files.map(({ path, name }) => ({ path: resolve(path), name }));
  const sources = await openSources(given, scratch, options.maxBytes ?? 4e9);
  const parts: string[] = [];
  const notes: string[] = [];
  let images: ImageShapes = {};
  let done = 0;
  const advance = (count: number) => {
    done += count;
    options.onProgress?.({ phase: 'import', done, total: sources.length });
  };

  const staged: Staged[] = [];
  for (const source of sources) {
    const name = `file_${parts.length + staged.length}`;
    if (source.format === 'csv') staged.push(await importCsv(tables, source, name, options.signal));
    else if (source.format === 'json' || source.format === 'jsonl')
      staged.push(await importJson(tables, source, name));
    else if (source.format === 'parquet') {
      images = { ...images, ...(await importParquet(tables, source, name)) };
      parts.push(name);
    } else continue;
    advance(1);
  }
  if (staged.length > 0) parts.unshift(await typed(tables, staged, notes));
  const texts = ofFormat(sources, 'text');
  if (texts.length > 0) {
    await importText(tables, texts, 'texts');
    parts.push('texts');
  }
  const idx = ofFormat(sources, 'idx');
  if (idx.length > 0) {
    images.image = await importIdx(tables, idx, 'pictures');
    parts.push('pictures');
  }
  advance(texts.length + idx.length);

  await requireAlike(tables, parts, notes);
  await tables.run(`CREATE TABLE ${table} AS ${unionByName(parts)}`);
  for (const part of parts) await tables.run(`DROP TABLE ${part}`);
  const rows = Number((await tables.rows(`SELECT count(*) FROM ${table}`))[0]?.[0]);
  const maxRows = options.maxRows ?? 20_000_000;
  if (rows === 0) throw new DataError('empty', `${files.map((file) => file.name).join(', ')}: no rows`);
  if (rows > maxRows) {
    throw new DataError(
      'too-large',
      `${rows} rows are more than the ${maxRows} allowed; sample the data first or raise maxRows`,
    );
  }
  return { rows, columns: await describeColumns(tables, `SELECT * FROM ${table}`, images), notes, images };
}

function ofFormat(sources: readonly Source[], format: Format): Source[] {
  return sources.filter((source) => source.format === format);
}

/** All text tables as one, its types found over all files together. */
async function typed(tables: Tables, staged: readonly Staged[], notes: string[]): Promise<string> {
  const names = staged.map((one) => one.table);
  notes.push(...staged.flatMap((one) => one.notes));
  await requireAlike(tables, names, notes);
  await tables.run(`CREATE TABLE untyped AS ${unionByName(names)}`);
  for (const name of names) await tables.run(`DROP TABLE ${name}`);
  const described = await tables.rows('DESCRIBE untyped');
  const columns = described.map(([name]) => {
    const owners = staged
      .flatMap((one) => one.columns)
      .filter((column) => sameName(column.name, String(name)));
    return { name: String(name), quoted: owners.every((column) => column.quoted) };
  });
  const inferred = await inferTypes(tables, 'untyped', columns, {
    decimalComma: staged.every((one) => one.decimalComma),
  });
  notes.push(...inferred.notes);
  await tables.run(`CREATE TABLE typed AS SELECT ${inferred.selects.join(', ')} FROM untyped`);
  await tables.run('DROP TABLE untyped');
  return 'typed';
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
