import type { Plain } from './csv-scan.ts';

/** From a column's name in small letters to the type that DuckDB reads it as; text for the others. */
export type ReadTypes = ReadonlyMap<string, 'BIGINT' | 'DOUBLE'>;

/** A file whose rows can be read as text; their types are still to be found. */
export interface Staged {
  /** The file's name. */
  name: string;
  /** A query for its columns, all of them text but for `types`, which name none but plain ones. */
  query: (types?: ReadTypes) => string;
  /**
   * `quoted`: every value was written as text (JSON strings), so digits in it stay text. `plain`: what all of it is, seen
   * before any of it is read.
   */
  columns: { name: string; quoted: boolean; plain?: Plain | undefined }[];
  /** The separator was no comma, so 3,14 may be a number. */
  decimalComma: boolean;
  notes: string[];
  /** A table that is of no use when the rows are read. */
  table?: string;
  /** Rows that there must be. */
  rows?: number;
  /** What the error of reading this file means, if it is to blame. */
  explain?: (error: unknown) => void;
}

/** One query over all queries; a column that a file lacks is missing in its rows. */
export function unionByName(queries: readonly string[]): string {
  return queries.map((query) => `(${query})`).join(' UNION ALL BY NAME ');
}
