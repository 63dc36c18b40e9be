import { z } from 'zod';
import { type DriftShape, shapeOf } from './drift-shapes.ts';
import { codesOf, numbersOf, type Sample } from './sample.ts';

const distribution = z.object({
  column: z.string(),
  /** Sampled. */
  rows: z.number(),
  /** Share of them. */
  missing: z.number(),
  /** At 0, 1/100, ... 1. */
  quantiles: z.array(z.number()).length(101).optional(),
  /** The most frequent values; the rest counts as one. */
  shares: z.array(z.object({ value: z.string(), share: z.number() })).optional(),
});
/** What later versions are compared with: quantiles of numbers, shares of categories. */
export type Distribution = z.infer<typeof distribution>;

/** Reads what another worker has found; undefined when it is of another form. */
export const readDistributions = (json: unknown): Distribution[] | undefined =>
  z.array(distribution).safeParse(json).data;

/** How far a column has moved from the version before. */
export interface Drift {
  column: string;
  /** Population stability index: below 0.1 nothing to speak of, above 0.25 another population. */
  psi: number;
  /** Numbers: the largest distance between the distributions, and how probable it is by chance. */
  ks?: { distance: number; p: number };
  /** Numbers: the probability that a new value is the larger one, minus 1/2, doubled (Cliff's delta of Wilcoxon's test). */
  effect?: number;
  /** Categories: half the sum of the differences of shares. */
  variation?: number;
  missing: { before: number; now: number };
  /** Of the columns that moved most. */
  shape?: DriftShape;
}

const steps = 100;
const mostShares = 50;
const fewestRows = 30;
const mostShapes = 30;

export function distributionsOf(sample: Sample): Distribution[] {
  return sample.columns.slice(0, 500).flatMap(({ column, values }): Distribution[] => {
    const present = values.filter((value) => value !== null).length;
    const about = {
      column: column.name,
      rows: values.length,
      missing: 1 - present / Math.max(1, values.length),
    };
    if (present < fewestRows) return [];
    if (column.type === 'number' || column.type === 'integer') {
      const sorted = numbersOf(values)
        .filter((value) => !Number.isNaN(value))
        .sort();
      const at = (i: number) =>
        sorted[Math.min(sorted.length - 1, Math.round((i / steps) * (sorted.length - 1)))]!;
      return [{ ...about, quantiles: Array.from({ length: steps + 1 }, (_, i) => at(i)) }];
    }
    if (column.type !== 'text' && column.type !== 'boolean') return [];
    const { count } = codesOf(values);
    // Texts and identifiers have no shares to compare.
    if (count > values.length / 2) return [];
    const counts = new Map<string, number>();
    for (const value of values)
      if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    const shares = [...counts]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, mostShares)
      .map(([value, n]) => ({ value: value.slice(0, 100), share: n / present }));
    return [{ ...about, shares }];
  });
}

/** Columns that both versions have, those that moved most first. */
export function findDrift(before: readonly Distribution[], now: readonly Distribution[]): Drift[] {
  const old = new Map(before.map((one) => [one.column, one]));
  const moved = now
    .flatMap((one): Drift[] => {
      const other = old.get(one.column);
      const missing = { before: other?.missing ?? 0, now: one.missing };
      if (other?.quantiles && one.quantiles)
        return [{ column: one.column, missing, ...numberDrift(other, one) }];
      if (other?.shares && one.shares)
        return [{ column: one.column, missing, ...shareDrift(other.shares, one.shares) }];
      return [];
    })
    .sort((a, b) => b.psi - a.psi);
  const current = new Map(now.map((one) => [one.column, one]));
  return moved.map((one, i) => {
    const shape = i < mostShapes ? shapeOf(old.get(one.column)!, current.get(one.column)!) : undefined;
    return shape ? { ...one, shape } : one;
  });
}

/** PSI over tenths of the older version; two-sample Kolmogorov-Smirnov with its asymptotic probability. */
function numberDrift(before: Distribution, now: Distribution): Pick<Drift, 'psi' | 'ks' | 'effect'> {
  const [a, b] = [before.quantiles!, now.quantiles!];
  const edges = [...new Set(Array.from({ length: 9 }, (_, i) => a[(i + 1) * 10]!))];
  const inBins = (values: readonly number[]): number[] => {
    const counts = Array.from({ length: edges.length + 1 }, () => 0);
    for (const value of values) counts[edges.filter((edge) => value > edge).length]! += 1 / values.length;
    return counts;
  };
  let distance = 0;
  for (const value of new Set([...a, ...b]))
    distance = Math.max(distance, Math.abs(below(a, value) - below(b, value)));
  let larger = 0;
  for (const y of b) for (const x of a) larger += y > x ? 1 : y === x ? 0.5 : 0;
  const n = (before.rows * now.rows) / (before.rows + now.rows);
  return {
    psi: psi(inBins(a), inBins(b)),
    ks: { distance, p: kolmogorov((Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance) },
    effect: (2 * larger) / (a.length * b.length) - 1,
  };
}

const below = (quantiles: readonly number[], value: number): number =>
  quantiles.filter((one) => one <= value).length / quantiles.length;

/** The probability of a scaled distance at least as large (Press et al., Numerical Recipes, 14.3). */
export function kolmogorov(scaled: number): number {
  if (scaled < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * j * j * scaled * scaled);
  return Math.max(0, Math.min(1, sum));
}

function shareDrift(
  before: readonly { value: string; share: number }[],
  now: readonly { value: string; share: number }[],
): Pick<Drift, 'psi' | 'variation'> {
  const values = [...new Set([...before, ...now].map(({ value }) => value))];
  const shares = (of: typeof before): number[] => {
    const known = new Map(of.map(({ value, share }) => [value, share]));
    const listed = values.map((value) => known.get(value) ?? 0);
    return [...listed, Math.max(0, 1 - listed.reduce((sum, share) => sum + share, 0))];
  };
  const [a, b] = [shares(before), shares(now)];
  return { psi: psi(a, b), variation: a.reduce((sum, share, i) => sum + Math.abs(share - b[i]!), 0) / 2 };
}

/** Empty bins count as one in ten thousand, or their logarithm would be infinite. */
export function psi(before: readonly number[], now: readonly number[]): number {
  return before.reduce((sum, share, i) => {
    const [a, b] = [Math.max(1e-4, share), Math.max(1e-4, now[i]!)];
    return sum + (b - a) * Math.log(b / a);
  }, 0);
}
