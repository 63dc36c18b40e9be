/** A file read into a table of text columns, whose types are still to be found. */
export interface Staged {
  table: string;
  /** `quoted`: every value was written as text (JSON strings), so digits in it stay text. */
  columns: { name: string; quoted: boolean }[];
  /** The separator was no comma, so 3,14 may be a number. */
  decimalComma: boolean;
  notes: string[];
}

/** One query over all staged tables; a column that a file lacks is missing in its rows. */
export function unionByName(tables: readonly string[]): string {
  return tables.map((table) => `SELECT * FROM ${table}`).join(' UNION ALL BY NAME ');
}
