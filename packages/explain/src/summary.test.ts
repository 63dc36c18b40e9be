import { expect, test } from 'vitest';
import { sumByColumn, summarise } from './index.ts';

const features = [
  { name: 'mass', column: 'mass' },
  { name: 'island=Dream', column: 'island' },
  { name: 'island=Biscoe', column: 'island' },
];

test('one-hot features fold into their column, and the strongest comes first', () => {
  const folded = sumByColumn(Float32Array.of(1, -2, -0.5, 0.25, 4, 1), features, 2);
  expect(folded).toEqual({ columns: ['mass', 'island'], values: Float32Array.of(1, -2.5, 0.25, 5) });
  expect(summarise(folded)).toEqual({
    global: [
      { column: 'island', importance: 3.75 },
      { column: 'mass', importance: 0.625 },
    ],
    rows: [
      [
        { column: 'island', attribution: -2.5 },
        { column: 'mass', attribution: 1 },
      ],
      [
        { column: 'island', attribution: 5 },
        { column: 'mass', attribution: 0.25 },
      ],
    ],
  });
});

test('the steps of a window add up', () => {
  const window = Float32Array.of(1, 0, 2, 10, 0, 20, 100, 0, 200);
  expect(sumByColumn(window, features, 1).values).toEqual(Float32Array.of(111, 222));
});

test('a length that does not fit is refused', () => {
  expect(() => sumByColumn(new Float32Array(7), features, 2)).toThrow(
    'do not fall into 2 rows of 3 features',
  );
  expect(() => sumByColumn(new Float32Array(0), features, 2)).toThrow('do not fall into');
});
