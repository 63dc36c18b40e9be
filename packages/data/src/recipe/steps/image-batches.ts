import { DuckDBBlobVector } from '@duckdb/node-api';
import { identifier } from '../../sql.ts';
import { own, type Work } from '../work.ts';

/** What a batch of images may take: encoded, and decoded. */
const batchBytes = 16e6;
const mostRows = 512;

export interface ImageRow {
  row: number;
  /** Undefined where there is none. */
  bytes: Uint8Array | undefined;
  /** What a person calls it. */
  name: string;
}

export interface Batch {
  first: number;
  last: number;
  images: ImageRow[];
}

/**
 * The images of the rows that fulfil a condition, in the order of the rows, a few at a time. All of a batch is in memory
 * before it is given out, since a statement in between would end a query under way.
 * @param sizeBytes of what will be made of one
 */
export async function* imageBatches(
  work: Work,
  column: string,
  { condition = 'true', sizeBytes = 0 }: { condition?: string; sizeBytes?: number } = {},
): AsyncGenerator<Batch> {
  const { tables } = work;
  const image = identifier(column);
  const named = work.columns.some(({ name, type }) => name === 'file_name' && type === 'text');
  const rows = Math.max(1, Math.min(mostRows, Math.floor(batchBytes / Math.max(1, sizeBytes))));
  const ranges = await tables.rows<[number, number]>(
    `SELECT min("row"), max("row") FROM (
       SELECT "row", (sum(size) OVER (ORDER BY "row")) // ${batchBytes} AS weight, (row_number() OVER (ORDER BY "row") - 1) // ${rows} AS part
       FROM (SELECT ${own.row} AS "row", coalesce(octet_length(${image}), 0) AS size FROM data WHERE ${condition}))
     GROUP BY weight, part ORDER BY 1`,
  );
  for (const [first, last] of ranges) {
    const images: ImageRow[] = [];
    const query = `SELECT ${own.row}, ${image}, ${named ? 'file_name' : 'NULL::VARCHAR'} FROM data
      WHERE ${own.row} BETWEEN ${first} AND ${last} AND ${condition} ORDER BY ${own.row}`;
    for await (const chunk of tables.chunks(query)) {
      const blobs = chunk.getColumnVector(1);
      for (let i = 0; i < chunk.rowCount; i++) {
        const row = Number(chunk.getColumnVector(0).getItem(i));
        const bytes = blobs instanceof DuckDBBlobVector ? blobs.getItem(i)?.bytes : undefined;
        const name = chunk.getColumnVector(2).getItem(i);
        images.push({ row, bytes, name: typeof name === 'string' ? name : `the image of row ${row + 1}` });
      }
    }
    yield { first, last, images };
  }
}
