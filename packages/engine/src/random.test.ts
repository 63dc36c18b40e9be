import { expect, test } from 'vitest';
import { createRandom, restoreRandom } from './random.ts';

test('the generator is xoshiro128**', () => {
  const random = restoreRandom('1-2-3-4');
  const words = Array.from({ length: 4 }, () => random.uniform() * 2 ** 32);
  expect(words).toEqual([11520, 0, 5927040, 70819200]);
});

test('a seed fixes the bits for good', () => {
  const random = createRandom(42);
  const drawn = [random.uniform(), random.uniform(), random.normal(), random.normal(), random.integer(1000)];
  expect(drawn).toEqual([
    0.8412500973790884, 0.9282987434417009, 1.1386290554071081, 1.9172630584413421, 768,
  ]);
});

test('a restored stream goes on where it stopped', () => {
  const random = createRandom('a');
  random.normal();
  const restored = restoreRandom(random.state());
  expect(restored.permutation(50)).toEqual(random.permutation(50));
  expect(() => restoreRandom('nonsense')).toThrow(RangeError);
});

test('forks differ from each other and from their origin, which does not move', () => {
  const random = createRandom(1);
  const state = random.state();
  const firsts = [random.fork('a'), random.fork('b'), random.fork('a'), createRandom(1)].map((r) =>
    r.uniform(),
  );
  expect(random.state()).toBe(state);
  expect(firsts[0]).toBe(firsts[2]);
  expect(new Set(firsts).size).toBe(3);
});

test('normals have the moments and tails of the normal distribution', () => {
  const random = createRandom('moments');
  const n = 200_000;
  const drawn = Array.from({ length: n }, () => random.normal());
  const moment = (power: number) => drawn.reduce((sum, x) => sum + x ** power, 0) / n;
  expect(moment(1)).toBeCloseTo(0, 1);
  expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  const beyond = drawn.filter((x) => Math.abs(x) > 1.959964).length / n;
  expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / n));
});

test('permutations hold every number once and integers are even', () => {
  const random = createRandom(3);
  expect([...random.permutation(100)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, i) => i),
  );
  const counts = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) counts[random.integer(3)]! += 1;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test('a mask silences its share, keeps the mean and goes on with the stream', () => {
  const random = createRandom('mask');
  const n = 100_001;
  const mask = random.mask(n, 0.3);
  const silent = mask.filter((value) => value === 0).length / n;
  expect(Math.abs(silent - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / n));
  const pairs = mask.filter((value, i) => i % 2 === 1 && value === 0 && mask[i - 1] === 0).length / (n / 2);
  expect(Math.abs(pairs - 0.09)).toBeLessThan(4 * Math.sqrt((0.09 * 0.91) / (n / 2)));
  expect(Math.max(...mask.subarray(0, 100))).toBe(Math.fround(65_536 / (65_536 - Math.round(0.3 * 65_536))));
  expect(random.mask(64, 0.5)).not.toEqual(random.mask(64, 0.5));
  expect(createRandom('mask').mask(n, 0.3)).toEqual(mask);
  expect(createRandom(1).mask(3, 0)).toEqual(Float32Array.of(1, 1, 1));
  expect(() => random.mask(3, 1)).toThrow('a rate in [0, 1), not 1');
});
