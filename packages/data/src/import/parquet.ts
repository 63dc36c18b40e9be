import { z } from 'zod';
import { DataError } from '../error.ts';
import { identifier, literal } from '../sql.ts';
import { isQueryError, type Tables } from '../table.ts';
import { mostColumns } from './csv.ts';
import type { Source } from './source.ts';

/** Shapes of image columns, kept in a Parquet file's own metadata under the key `banyan`. */
export type ImageShapes = Record<string, number[]>;

/**
 * Makes a Parquet file a view with the types used here (see `plainType`), its rows numbered in `ownRow`: its rows are as
 * quick to read there as in a table of our own.
 * @throws DataError 'too-large' for more rows than allowed: a few bytes can stand for any number of equal ones.
 */
export async function importParquet(
  tables: Tables,
  source: Source,
  view: string,
  maxRows: number,
): Promise<ImageShapes> {
  const file = `read_parquet(${literal(source.path)}, file_row_number = true)`;
  try {
    const described = await tables.rows(`DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${file}`);
    if (described.length > mostColumns)
      throw new DataError(
        'too-large',
        `${source.name} has ${described.length} columns, more than the ${mostColumns} allowed; leave out what is not needed`,
        { file: source.name, columns: described.length },
      );
    const [rows] = await tables.row<[number]>(`SELECT count(*) FROM ${file}`);
    if (rows > maxRows) throw tooManyRows(rows, maxRows);
    const bomb = await bombIn(tables, source.path);
    if (bomb !== undefined) throw new DataError('too-large', `${source.name} ${bomb}`, { file: source.name });
    const columns = described.map(([name, type]) => plainType(String(name), String(type)));
    await tables.run(
      `CREATE VIEW ${view} AS SELECT ${columns.join(', ')}, file_row_number AS ${ownRow} FROM ${file}`,
    );
    return await readShapes(tables, source.path);
  } catch (error) {
    throw explainParquet(error, source.name);
  }
}

/** Pages that promise more than so many times their bytes, and more than this in all, are no data. */
const [mostTimes, harmlessBytes] = [1000, 256e6];

/** What is wrong with a Parquet file whose pages promise more than any data would; undefined for all others. */
export async function bombIn(tables: Tables, path: string): Promise<string | undefined> {
  const [packed, unpacked] = await tables.row<[number, number]>(
    `SELECT coalesce(sum(total_compressed_size), 0)::DOUBLE, coalesce(sum(total_uncompressed_size), 0)::DOUBLE FROM parquet_metadata(${literal(path)})`,
  );
  if (unpacked <= harmlessBytes || unpacked <= mostTimes * Math.max(1, packed)) return undefined;
  return `unpacks from ${Math.round(packed / 1e3)} kB to ${Math.round(unpacked / 1e6)} MB, which no data do; it may be a decompression bomb`;
}

/** The number of a row of an imported view. */
export const ownRow = '"banyan.row"';

/** What an error of reading a Parquet file means. */
export function explainParquet(error: unknown, name: string): unknown {
  if (!isQueryError(error) || /^(Out of Memory|Permission|Catalog|Binder)/.test(error.message)) return error;
  return new DataError(
    'format',
    `${name} is not a whole Parquet file; write or upload it again`,
    { file: name },
    error,
  );
}

export const tooManyRows = (rows: number, maxRows: number): DataError =>
  new DataError(
    'too-large',
    `${rows} rows are more than the ${maxRows} allowed; sample the data first or raise maxRows`,
  );

/** Casts to the seven types a table has here: BOOLEAN, BIGINT, DOUBLE, VARCHAR, DATE, TIMESTAMP, BLOB. */
function plainType(name: string, type: string): string {
  const column = identifier(name);
  if (/^(BOOLEAN|BIGINT|DOUBLE|VARCHAR|DATE|TIMESTAMP|BLOB)$/.test(type)) return column;
  if (/^U?(TINYINT|SMALLINT|INTEGER)$/.test(type)) return `CAST(${column} AS BIGINT) AS ${column}`;
  if (/^(FLOAT|HUGEINT|UBIGINT|UHUGEINT|DECIMAL)/.test(type)) return `CAST(${column} AS DOUBLE) AS ${column}`;
  // As Hugging Face's `datasets` stores an image.
  if (/^STRUCT\("?bytes"? BLOB, "?path"? VARCHAR\)$/.test(type)) return `${column}.bytes AS ${column}`;
  if (type.startsWith('TIMESTAMP')) return `CAST(${column} AS TIMESTAMP) AS ${column}`;
  if (/[[\]()]/.test(type) && !type.startsWith('ENUM'))
    return `CAST(to_json(${column}) AS VARCHAR) AS ${column}`;
  return `CAST(${column} AS VARCHAR) AS ${column}`;
}

const metadata = z.object({
  images: z.record(z.string(), z.array(z.int().positive())).default({}),
});

/** The image shapes that `writeParquet` put into the file; none for a file from elsewhere, whatever it says. */
export async function readShapes(tables: Tables, path: string): Promise<ImageShapes> {
  const [row] = await tables.rows(
    `SELECT try(decode(value)) FROM parquet_kv_metadata(${literal(path)}) WHERE key = 'banyan'::BLOB`,
  );
  if (!row) return {};
  return metadata.safeParse(parsed(String(row[0]))).data?.images ?? {};
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Somebody else's note under this name says nothing here.
    return undefined;
  }
}

/** Values that a row group may hold: what a writer or a reader keeps in memory of it, over all columns. */
const groupValues = 8_000_000;

/**
 * Different values of a column in a row group for which a dictionary is tried: a fifth of the rows if not said, which with
 * numbers comes to nothing and takes a third of the time of writing.
 */
const dictionaryValues = 4096;

/**
 * Writes a query's rows as Parquet, the same bytes for the same rows.
 * @param form `width`: values in a row, which decide how many rows make a row group; `quick`: compressed by Snappy, not Zstandard
 */
export async function writeParquet(
  tables: Tables,
  query: string,
  path: string,
  images: ImageShapes,
  { width, quick = false }: { width: number; quick?: boolean },
): Promise<void> {
  const noted =
    Object.keys(images).length > 0 ? `, KV_METADATA {banyan: ${literal(JSON.stringify({ images }))}}` : '';
  const rows = Math.max(2048, Math.min(122_880, Math.floor(groupValues / width / 2048) * 2048));
  const compression = quick ? 'COMPRESSION snappy' : 'COMPRESSION zstd, COMPRESSION_LEVEL 1';
  await tables.run(
    `COPY (${query}) TO ${literal(path)} (FORMAT parquet, ${compression}, DICTIONARY_SIZE_LIMIT ${dictionaryValues}, ROW_GROUP_SIZE ${rows}${noted})`,
  );
}
