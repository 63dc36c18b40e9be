import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { exponential, naturalLog, power } from './portable-math.ts';

const points = (count: number): number[] => Array.from({ length: count + 1 }, (_, i) => i / count);
const hashOf = (values: number[]): string =>
  createHash('sha256')
    .update(Buffer.from(Float64Array.from(values).buffer))
    .digest('hex')
    .slice(0, 16);

test('naturalLog is the logarithm to some units in the last place, from the smallest to the largest', () => {
  const powers = points(700).flatMap((t) => [2 ** (t * 1020), 2 ** (-t * 1070)]);
  for (const x of [...powers, ...points(10_007).slice(1)])
    expect(Math.abs(naturalLog(x) - Math.log(x))).toBeLessThan(1e-15 * Math.max(1, Math.abs(Math.log(x))));
  expect(naturalLog(1)).toBe(0);
  for (const x of [0, -1, Number.NaN, Infinity]) expect(naturalLog(x)).toBe(Math.log(x));
});

test('power is the power, to 1e-13 of its size', () => {
  for (const base of [0.9, 2, 10_000, 1e-8])
    for (const exponent of points(300).map((t) => 8 * t - 4))
      expect(Math.abs(power(base, exponent) / base ** exponent - 1)).toBeLessThan(1e-13);
  for (const x of [-800, -Infinity, 720, Infinity, Number.NaN]) expect(exponential(x)).toBe(Math.exp(x));
  expect(power(2, 10)).toBeCloseTo(1024, 9);
});

// The same on every machine: another hash means other mathematics, and old runs can no longer be repeated.
test('all have the same bits everywhere', () => {
  expect(hashOf(points(1000).slice(1).map(naturalLog))).toBe('f1b6ee0c55ecad1c');
  expect(hashOf(points(1000).map((t) => power(10_000, -t)))).toBe('aebd978e1c6cf5c6');
});
