import type { Random } from '@banyan/engine';

/** A figure computed from some rows of a split; a row may occur several times. */
export type Statistic = (rows: Uint32Array) => number;

/** A figure and its 95 % interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/**
 * Percentile bootstrap (Efron, 1979): draw `count` rows with replacement, compute, repeat; the interval holds the
 * middle 95 % of the repetitions. All statistics see the same draws. Resamples in which a figure is not defined
 * (R2 of a constant) are left out of its interval.
 */
export function bootstrap(
  statistics: Record<string, Statistic>,
  count: number,
  random: Random,
  resamples = 1000,
): Record<string, Interval> {
  const names = Object.keys(statistics);
  const drawn = new Map(names.map((name) => [name, [] as number[]]));
  const rows = new Uint32Array(count);
  for (let resample = 0; resample < resamples; resample++) {
    for (let i = 0; i < count; i++) rows[i] = random.integer(count);
    for (const name of names) {
      const value = statistics[name]!(rows);
      if (Number.isFinite(value)) drawn.get(name)!.push(value);
    }
  }
  const all = Uint32Array.from({ length: count }, (_, row) => row);
  return Object.fromEntries(
    names.map((name) => {
      const value = statistics[name]!(all);
      const sorted = Float64Array.from(drawn.get(name)!).sort();
      return [name, { value, low: quantile(sorted, 0.025, value), high: quantile(sorted, 0.975, value) }];
    }),
  );
}

/** Linear interpolation between order statistics; `otherwise` when there are none. */
function quantile(sorted: Float64Array, q: number, otherwise: number): number {
  if (sorted.length === 0) return otherwise;
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** The mean of one number a row. */
export const meanOf =
  (values: ArrayLike<number>): Statistic =>
  (rows) => {
    let sum = 0;
    for (const row of rows) sum += values[row]!;
    return sum / rows.length;
  };
