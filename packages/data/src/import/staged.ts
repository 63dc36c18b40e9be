/** A file whose rows can be read as text; their types are still to be found. */
export interface Staged {
  /** The file's name. */
  name: string;
  /** A query for its columns, all of them text. */
  query: string;
  /** `quoted`: every value was written as text (JSON strings), so digits in it stay text. */
  columns: { name: string; quoted: boolean }[];
  /** The separator was no comma, so 3,14 may be a number. */
  decimalComma: boolean;
  notes: string[];
  /** A table that is of no use when the rows are read. */
  table?: string;
  /** Rows that there must be. */
  rows?: number;
  /** What the error of reading this file means, if it is to blame. */
  explain?: (error: unknown) => Promise<void>;
}

/** One query over all queries; a column that a file lacks is missing in its rows. */
export function unionByName(queries: readonly string[]): string {
  return queries.map((query) => `(${query})`).join(' UNION ALL BY NAME ');
}
