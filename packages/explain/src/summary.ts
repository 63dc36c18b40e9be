import { ExplainError } from './explain-error.ts';

/** One network input: its own name, as `island=Dream`, and the raw column it was made from. */
export interface Feature {
  name: string;
  column: string;
}

/** Attributions per raw column. */
export interface ColumnAttributions {
  columns: string[];
  /** [rows, columns], row-major. */
  values: Float32Array;
}

/**
 * Folds attributions back into raw columns: one-hot features of a column add up, and so do the steps of a window.
 * Sums keep completeness: a row still adds up to f(x) - f(baseline).
 *
 * @param attributions [rows, F] or [rows, T, F], row-major, F = features.length
 * @param features in the order of the last axis
 * @throws ExplainError 'input' when the length is no multiple of rows * F
 */
export function sumByColumn(
  attributions: Float32Array,
  features: readonly Feature[],
  rows: number,
): ColumnAttributions {
  const perRow = attributions.length / rows;
  if (!Number.isInteger(perRow / features.length) || perRow === 0)
    throw new ExplainError(
      'input',
      `${attributions.length} attributions do not fall into ${rows} rows of ${features.length} features`,
    );
  const columns = [...new Set(features.map((feature) => feature.column))];
  const columnOf = features.map((feature) => columns.indexOf(feature.column));
  const sums = new Float64Array(rows * columns.length);
  for (const [index, attribution] of attributions.entries()) {
    const cell = Math.floor(index / perRow) * columns.length + (columnOf[index % features.length] ?? 0);
    sums[cell] = (sums[cell] ?? 0) + attribution;
  }
  return { columns, values: Float32Array.from(sums) };
}

export interface AttributionSummary {
  /** Mean absolute attribution of each column over the rows, the strongest first. */
  global: { column: string; importance: number }[];
  /** Each row's attributions, the strongest first by size; they sum to the row's output minus the baseline's. */
  rows: { column: string; attribution: number }[][];
}

/** What the web app draws: which columns matter overall, and what pushed each row's answer up or down. */
export function summarise({ columns, values }: ColumnAttributions): AttributionSummary {
  const count = values.length / columns.length;
  const rows = Array.from({ length: count }, (_, row) =>
    columns.map((column, c) => ({ column, attribution: values[row * columns.length + c] ?? 0 })),
  );
  const global = columns.map((column, c) => ({
    column,
    importance: rows.reduce((sum, row) => sum + Math.abs(row[c]?.attribution ?? 0), 0) / count,
  }));
  return {
    global: global.sort((a, b) => b.importance - a.importance),
    rows: rows.map((row) => row.sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))),
  };
}
