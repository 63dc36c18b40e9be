/** A table that may be asked: its name in SQL, its Parquet files in order with their rows, its columns (see features.ts). */
export interface QueryTable {
  name: string;
  files: { path: string; rows: number }[];
  features: Features;
}

/** Columns as Hugging Face's `datasets` writes them: by name, `{ dtype, _type: 'Value' }`, `{ _type: 'Image' }` and so on. */
export type Features = Record<string, Cell>;

/** What a cell is in an answer: plain JSON. */
export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell };

export type Question =
  | {
      ask: 'rows';
      offset: number;
      length: number;
      where?: string | undefined;
      search?: string | undefined;
      orderBy?: { column: string; descending: boolean }[] | undefined;
    }
  | { ask: 'statistics' }
  | { ask: 'sql'; sql: string; rows: number };

export interface QueryLimits {
  memoryMb: number;
  timeMs: number;
  answerBytes: number;
}

export interface PageOfRows {
  ask: 'rows';
  features: Features;
  rows: { index: number; row: Record<string, Cell>; truncatedCells: string[] }[];
  total: number;
}

export interface ColumnStatistics {
  name: string;
  type: 'number' | 'integer' | 'boolean' | 'label' | 'text' | 'date' | 'image' | 'list' | 'other';
  missing: number;
  distinct?: number;
  numbers?: {
    min: number;
    max: number;
    mean: number;
    median: number;
    std: number;
    quantiles: { q05: number; q25: number; q75: number; q95: number };
    histogram: { counts: number[]; edges: number[] };
  };
  span?: { min: string; max: string };
  top?: { value: string; count: number }[];
}

export interface Statistics {
  ask: 'statistics';
  rows: number;
  columns: ColumnStatistics[];
}

export interface SqlResult {
  ask: 'sql';
  columns: { name: string; type: string }[];
  rows: Cell[][];
  truncated: boolean;
  elapsedMs: number;
}

export type Answer = PageOfRows | Statistics | SqlResult;

/** A question that cannot be answered as it is: the message is for whoever asked, and names no path of this machine. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: 'refused' | 'sql' | 'time' | 'memory' | 'data';
  constructor(code: QueryError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
