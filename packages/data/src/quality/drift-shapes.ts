import type { Distribution } from './drift.ts';

/** Two versions of a column side by side, to draw. */
export type DriftShape =
  | {
      /** Numbers from the first to the ninety-ninth percentile of both versions, in equal bins; the tails count to the outer bins. */
      low: number;
      high: number;
      /** Share of the values in each bin. */
      before: number[];
      now: number[];
    }
  | {
      /** The values that moved most, and the share of each. */
      values: { value: string; before: number; now: number }[];
    };

const bins = 20;
const mostValues = 8;

/** Undefined where one of them says nothing, or all values are one. */
export function shapeOf(before: Distribution, now: Distribution): DriftShape | undefined {
  if (before.quantiles && now.quantiles) {
    const low = Math.min(before.quantiles[1]!, now.quantiles[1]!);
    const high = Math.max(before.quantiles[99]!, now.quantiles[99]!);
    if (!(high > low)) return undefined;
    const shares = (quantiles: readonly number[]): number[] => {
      const counts = Array.from({ length: bins }, () => 0);
      for (const value of quantiles) {
        const bin = Math.floor(((value - low) / (high - low)) * bins);
        counts[Math.max(0, Math.min(bins - 1, bin))]! += 1 / quantiles.length;
      }
      return counts;
    };
    return { low, high, before: shares(before.quantiles), now: shares(now.quantiles) };
  }
  if (!before.shares || !now.shares) return undefined;
  const old = new Map(before.shares.map(({ value, share }) => [value, share]));
  const current = new Map(now.shares.map(({ value, share }) => [value, share]));
  const values = [...new Set([...old.keys(), ...current.keys()])]
    .map((value) => ({ value, before: old.get(value) ?? 0, now: current.get(value) ?? 0 }))
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before));
  return { values: values.slice(0, mostValues) };
}
