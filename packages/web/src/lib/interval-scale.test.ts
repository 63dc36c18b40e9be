import { expect, test } from 'vitest';
import { intervalScale } from './interval-scale.ts';

test('an axis has round ticks around its values', () => {
  const scale = intervalScale([0.62, 0.98]);
  expect(scale.ticks).toEqual([0.7, 0.8, 0.9]);
  expect(scale.at(0.62)).toBeGreaterThan(0);
  expect(scale.at(0.98)).toBeLessThan(100);
  expect(intervalScale([5, 5]).ticks.length).toBeGreaterThan(1);
  expect(intervalScale([]).ticks.length).toBeGreaterThan(1);
});
