import type { Tables } from './table.ts';

/** What a column holds, in words for people. */
export type ColumnType =
  | 'boolean'
  | 'integer'
  | 'number'
  | 'text'
  | 'date'
  | 'timestamp'
  | 'image'
  | 'binary';

export interface Column {
  name: string;
  type: ColumnType;
  /** Of one image: [height, width] or [height, width, channels]. */
  shape?: number[];
}

const types: Record<string, ColumnType> = {
  BOOLEAN: 'boolean',
  BIGINT: 'integer',
  DOUBLE: 'number',
  FLOAT: 'number',
  INTEGER: 'integer',
  VARCHAR: 'text',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  BLOB: 'binary',
};

/** The columns of a query, with the shapes of those that are images. */
export async function describeColumns(
  tables: Tables,
  query: string,
  images: Record<string, number[]>,
): Promise<Column[]> {
  const described = await tables.rows(`DESCRIBE ${query}`);
  return described.map(([name, sqlType]) => {
    const column = { name: String(name), type: types[String(sqlType)] ?? 'text' };
    const shape = images[column.name];
    return shape ? { ...column, type: 'image', shape } : column;
  });
}
