import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import { permutationImportance, type Row } from './index.ts';

const random = createRandom('rows');
const rows = Array.from({ length: 300 }, () => {
  const [strong, weak, noise] = [random.normal(), random.normal(), random.normal()];
  return { strong, weak, noise, target: 3 * strong + 0.5 * weak + 0.3 * random.normal() };
});
const columns = ['strong', 'weak', 'noise'];
const number = (row: Row, column: string): number => Number(row[column]);
/** Minus the mean squared error: higher is better. */
const fit = (predictions: readonly number[], truth: readonly Row[]): number =>
  -truth.reduce((sum, row, i) => sum + (number(row, 'target') - predictions[i]!) ** 2, 0) / truth.length;
/** A fitted model is never quite blind to noise. */
const predict = async (batch: readonly Row[]): Promise<number[]> =>
  batch.map((row) => 3 * number(row, 'strong') + 0.5 * number(row, 'weak') + 0.01 * number(row, 'noise'));

test('the drop of a linear model is 2 w^2 var(x), and an irrelevant column is not told from nothing', async () => {
  const found = await permutationImportance({ predict, rows, columns, score: fit, repeats: 10, seed: 1 });
  const by = new Map(found.map((entry) => [entry.column, entry]));
  for (const [column, weight] of [
    ['strong', 3],
    ['weak', 0.5],
  ] as const) {
    const { importance, low, high } = by.get(column)!;
    const mean = rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[column] - mean) ** 2, 0) / rows.length;
    expect(importance / (2 * weight ** 2 * variance)).toBeCloseTo(1, 0);
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(importance);
    expect(high).toBeGreaterThan(importance);
  }
  const noise = by.get('noise')!;
  expect(Math.abs(noise.importance)).toBeLessThan(0.01);
  expect(noise.low).toBeLessThanOrEqual(0);
  expect(noise.high).toBeGreaterThanOrEqual(0);
});

const askFor = (columns: string[], seed: number) =>
  permutationImportance({ predict, rows, columns, score: fit, repeats: 3, seed });

test('the same seed gives the same numbers, whatever other columns are asked for', async () => {
  const [all, alone, other] = [
    await askFor(columns, 7),
    await askFor(['weak'], 7),
    await askFor(['weak'], 8),
  ];
  expect(all[1]).toEqual(alone[0]);
  expect(other[0]).not.toEqual(alone[0]);
});

test('a column of a window moves as a whole series', async () => {
  const windows = Array.from({ length: 40 }, (_, w) =>
    Array.from({ length: 5 }, (_, t) => ({ level: w, step: t, dead: w * 10 + t })),
  );
  const seen: Row[][] = [];
  const found = await permutationImportance({
    predict: async (batch: readonly Row[][]) => {
      seen.push(...batch);
      return batch.map((window) => window.reduce((sum, row) => sum + number(row, 'level'), 0));
    },
    rows: windows,
    columns: ['level', 'dead'],
    score: (predictions, truth) =>
      -truth.reduce((sum, window, i) => sum + Math.abs(5 * number(window[0]!, 'level') - predictions[i]!), 0),
    repeats: 2,
    seed: 3,
  });
  // Each window still holds one level throughout: no step was swapped alone.
  for (const window of seen) expect(new Set(window.map((row) => row.level)).size).toBe(1);
  expect(seen.some((window) => window[0]!.level !== Math.floor(number(window[0]!, 'dead') / 10))).toBe(true);
  expect(found[0]!.low).toBeGreaterThan(0);
  expect(found[1]).toMatchObject({ column: 'dead', importance: 0, low: 0, high: 0 });
});

test('what cannot be asked is refused with the reason', async () => {
  const ask = (changes: object) =>
    permutationImportance({ predict, rows, columns, score: fit, repeats: 2, seed: 1, ...changes });
  await expect(ask({ columns: ['height'] })).rejects.toThrow(
    'no column height in the rows; their columns are strong, weak, noise, target',
  );
  await expect(ask({ rows: rows.slice(0, 1) })).rejects.toThrow('at least 2');
  await expect(ask({ repeats: 0 })).rejects.toThrow('repeats');
  await expect(ask({ score: () => Number.NaN })).rejects.toThrow('the score is NaN');
  await expect(ask({ predict: async () => [1] })).rejects.toThrow('predict answered 1 of 300 rows');
  await expect(ask({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});
