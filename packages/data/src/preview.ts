import { resolve } from 'node:path';
import { type Column, describeColumns } from './column.ts';
import { encodePng, isPicture } from './images/encode-png.ts';
import { readShapes } from './import/parquet.ts';
import { literal } from './sql.ts';
import { type Cell, openParquet } from './table.ts';

/** A cell as JSON: an image comes as a PNG, as a data URL beside its shape; other bytes as base64. */
export type Value = Cell | { png: string; shape: number[] };

/** One row, by column name. Missing is null. */
export type Row = Record<string, Value>;

/** Some rows of a Parquet file, for looking at. */
export async function preview(
  parquet: string,
  { offset = 0, limit = 50 }: { offset?: number; limit?: number } = {},
): Promise<Row[]> {
  const path = resolve(parquet);
  const tables = await openParquet(path);
  try {
    const query = `SELECT * FROM read_parquet(${literal(path)})`;
    const columns = await describeColumns(tables, query, await readShapes(tables, path));
    const readers = columns.map(valueReader);
    const rows = await tables.rows(`${query} LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`);
    return rows.map((cells) =>
      Object.fromEntries(columns.map((column, i) => [column.name, readers[i]!(cells[i] ?? null)])),
    );
  } finally {
    tables.close();
  }
}

/** How a cell of this column becomes JSON: bytes have come as base64. */
export function valueReader(column: Column): (cell: Cell) => Value {
  const { shape } = column;
  if (!shape) return (cell) => cell;
  return (cell) => {
    if (typeof cell !== 'string') return cell;
    const pixels = Buffer.from(cell, 'base64');
    // What a file from elsewhere says of its images need not be true.
    if (!isPicture(pixels.length, shape)) return cell;
    return { png: `data:image/png;base64,${encodePng(pixels, shape).toString('base64')}`, shape };
  };
}
