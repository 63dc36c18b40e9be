import { array, assert, constantFrom, double, nat, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { align, groupByMeasure, mergePoints, smooth, thin } from './series.ts';

const point = record({
  name: constantFrom('loss', 'valid_loss'),
  step: nat(50),
  value: double({ noNaN: true, noDefaultInfinity: true }),
});

test('merging is by step, whatever the order and however often points come again', () => {
  assert(
    property(array(point), (points) => {
      const expected = new Map<string, Map<number, number>>();
      for (const { name, step, value } of points)
        expected.set(name, (expected.get(name) ?? new Map<number, number>()).set(step, value));
      for (const { name, steps, values } of mergePoints([], points)) {
        expect(steps).toEqual([...(expected.get(name)?.keys() ?? [])].sort((a, b) => a - b));
        expect(values).toEqual(steps.map((step) => expected.get(name)?.get(step)));
      }
    }),
  );
});

test('merging leaves the curves it was given as they were', () => {
  const before = [{ name: 'loss', steps: [1], values: [5] }];
  mergePoints(before, [{ name: 'loss', step: 2, value: 4 }]);
  expect(before).toEqual([{ name: 'loss', steps: [1], values: [5] }]);
});

test('thinning keeps both ends, the extremes and the order, within the limit', () => {
  const steps = Array.from({ length: 10_000 }, (_, i) => i);
  const values = steps.map((i) => (i === 4321 ? 99 : i === 8765 ? -99 : Math.sin(i / 100)));
  const thinned = thin({ name: 'loss', steps, values }, 500);
  expect(thinned.steps.length).toBeLessThanOrEqual(500);
  expect(thinned.steps[0]).toBe(0);
  expect(thinned.steps.at(-1)).toBe(9999);
  expect(thinned.values).toContain(99);
  expect(thinned.values).toContain(-99);
  expect(thinned.steps).toEqual([...thinned.steps].sort((a, b) => a - b));
});

test('few points are not thinned', () => {
  const series = { name: 'loss', steps: [1, 2, 3], values: [3, 2, 1] };
  expect(thin(series, 500)).toBe(series);
});

test('smoothing has no bias at the start and changes nothing at weight 0', () => {
  expect(smooth([3, 1, 2], 0)).toEqual([3, 1, 2]);
  expect(smooth([4, 4, 4], 0.9).every((value) => Math.abs(value - 4) < 1e-9)).toBe(true);
  expect(smooth([0, 1], 0.5)[1]).toBeCloseTo(2 / 3);
});

test('aligned curves share their steps and have gaps where they are silent', () => {
  const both = align([
    { name: 'a', steps: [0, 2], values: [1, 3] },
    { name: 'b', steps: [1, 2], values: [7, 8] },
  ]);
  expect(both).toEqual({
    steps: [0, 1, 2],
    values: [
      [1, null, 3],
      [null, 7, 8],
    ],
  });
});

test('training and validation of one measure share a chart, the loss first, the learning rate last', () => {
  const names = ['learning_rate', 'valid_accuracy', 'loss', 'train_accuracy', 'valid_loss'];
  const groups = groupByMeasure(names.map((name) => ({ name })));
  expect(groups.map(({ measure, series }) => [measure, series.map(({ name }) => name)])).toEqual([
    ['loss', ['loss', 'valid_loss']],
    ['accuracy', ['valid_accuracy', 'train_accuracy']],
    ['learning_rate', ['learning_rate']],
  ]);
});
