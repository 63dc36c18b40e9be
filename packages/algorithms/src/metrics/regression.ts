import type { Statistic } from './bootstrap.ts';

/** rmse, mae (both in the target's unit) and r2 = 1 - sum (y - f)^2 / sum (y - mean y)^2, of predictions f [N] and truths y [N]. */
export function regressionMetrics(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): Record<string, Statistic> {
  const error = (row: number) => truth[row]! - predicted[row]!;
  const squared = (rows: Uint32Array) => rows.reduce((sum, row) => sum + square(error(row)), 0);
  return {
    rmse: (rows) => Math.sqrt(squared(rows) / rows.length),
    mae: (rows) => rows.reduce((sum, row) => sum + Math.abs(error(row)), 0) / rows.length,
    r2: (rows) => {
      const mean = rows.reduce((sum, row) => sum + truth[row]!, 0) / rows.length;
      const spread = rows.reduce((sum, row) => sum + square(truth[row]! - mean), 0);
      return 1 - squared(rows) / spread;
    },
  };
}

/** Not `** 2`, whose bits differ between engines. */
const square = (x: number): number => x * x;
