import { expect, test } from 'vitest';
import { compareTo, inOrder, metricLabel, rankBy } from './metrics.ts';

const at = (value: number, spread = 0.01) => ({ value, low: value - spread, high: value + spread });

test('better depends on the metric, and only intervals that do not touch count', () => {
  expect(compareTo('accuracy', at(0.9), at(0.8))).toBe('better');
  expect(compareTo('rmse', at(0.9), at(0.8))).toBe('worse');
  expect(compareTo('rmse', at(0.8), at(0.9))).toBe('better');
  expect(compareTo('accuracy', at(0.9, 0.1), at(0.85, 0.1))).toBe('unclear');
});

test('ranking is best first, without a score last in the order given', () => {
  const runs = [{ n: 'a' }, { n: 'b', s: 1 }, { n: 'c', s: 3 }, { n: 'd' }, { n: 'e', s: 2 }];
  const names = (metric: string) => rankBy(metric, runs, (run) => run.s).map(({ n }) => n);
  expect(names('accuracy').join('')).toBe('cebad');
  expect(names('rmse').join('')).toBe('becad');
});

test('metrics have names for people', () => {
  expect(metricLabel('macro_f1')).toBe('Macro F1');
  expect(metricLabel('train_divergence')).toBe('Train divergence');
});

const ordered = (...metrics: string[]) =>
  inOrder(Object.fromEntries(metrics.map((name) => [name, at(1)]))).map(([name]) => name);

test('the metric that decides comes first', () => {
  expect(ordered('kl', 'loss', 'reconstruction')).toEqual(['reconstruction', 'kl', 'loss']);
  expect(ordered('loss', 'bits_per_byte', 'mine')).toEqual(['bits_per_byte', 'loss', 'mine']);
});
