import { DataError } from '../error.ts';
import { identifier, literal } from '../sql.ts';
import { isQueryError, type Tables } from '../table.ts';
import type { Source } from './source.ts';

/** Shapes of image columns, kept in a Parquet file's own metadata under the key `banyan`. */
export type ImageShapes = Record<string, number[]>;

/** Reads a Parquet file into a table of the types used here (see `plainType`). */
export async function importParquet(tables: Tables, source: Source, table: string): Promise<ImageShapes> {
  const file = `read_parquet(${literal(source.path)})`;
  try {
    const described = await tables.rows(`DESCRIBE SELECT * FROM ${file}`);
    const columns = described.map(([name, type]) => plainType(String(name), String(type)));
    await tables.run(`CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM ${file}`);
    return await readShapes(tables, source.path);
  } catch (error) {
    if (!isQueryError(error)) throw error;
    throw new DataError(
      'format',
      `${source.name} is not a whole Parquet file ; write or upload it again`,
      { file: source.name },
      error,
    );
  }
}

/** Casts to the seven types a table has here: BOOLEAN, BIGINT, DOUBLE, VARCHAR, DATE, TIMESTAMP, BLOB. */
function plainType(name: string, type: string): string {
  const column = identifier(name);
  if (/^(BOOLEAN|BIGINT|DOUBLE|VARCHAR|DATE|TIMESTAMP|BLOB)$/.test(type)) return column;
  if (/^U?(TINYINT|SMALLINT|INTEGER)$/.test(type)) return `CAST(${column} AS BIGINT) AS ${column}`;
  if (/^(FLOAT|HUGEINT|UBIGINT|UHUGEINT|DECIMAL)/.test(type)) return `CAST(${column} AS DOUBLE) AS ${column}`;
  if (type.startsWith('TIMESTAMP')) return `CAST(${column} AS TIMESTAMP) AS ${column}`;
  if (/[[\]()]/.test(type) && !type.startsWith('ENUM'))
    return `CAST(to_json(${column}) AS VARCHAR) AS ${column}`;
  return `CAST(${column} AS VARCHAR) AS ${column}`;
}

/** The image shapes that `writeParquet` put into the file; none for a file from elsewhere. */
export async function readShapes(tables: Tables, path: string): Promise<ImageShapes> {
  const [row] = await tables.rows(
    `SELECT decode(value) FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = 'banyan'`,
  );
  if (!row) return {};
  const metadata: { images?: ImageShapes } = JSON.parse(String(row[0]));
  return metadata.images ?? {};
}

/** Writes a query's rows as Parquet, the same bytes for the same rows. */
export async function writeParquet(
  tables: Tables,
  query: string,
  path: string,
  images: ImageShapes = {},
): Promise<void> {
  const metadata =
    Object.keys(images).length > 0 ? `, KV_METADATA {banyan: ${literal(JSON.stringify({ images }))}}` : '';
  await tables.run(`COPY (${query}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd${metadata})`);
}
