import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import { type SamplingOptions, sampleToken } from './sampling.ts';

// Probabilities 0.1, 0.2, 0.4, 0.3 at temperature 1, and logits large enough to overflow a careless exp.
const logits = Float32Array.from([0.1, 0.2, 0.4, 0.3], (p) => Math.log(p) + 500);

function frequencies(options: SamplingOptions, draws = 20_000): number[] {
  const random = createRandom('sampling');
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw++) counts[sampleToken(logits, options, random)]! += 1;
  return counts.map((count) => count / draws);
}

function expectClose(found: number[], expected: number[]): void {
  for (const [token, p] of expected.entries()) expect(Math.abs(found[token]! - p)).toBeLessThan(0.02);
}

test('temperature 1 samples the distribution, and 0 takes the likeliest', () => {
  expectClose(frequencies({ temperature: 1 }), [0.1, 0.2, 0.4, 0.3]);
  expect(frequencies({ temperature: 0 }, 10)).toEqual([0, 0, 1, 0]);
});

test('temperature 1/2 squares the probabilities', () => {
  expectClose(frequencies({ temperature: 0.5 }), [1 / 30, 4 / 30, 16 / 30, 9 / 30]);
});

test('top k keeps the k likeliest', () => {
  expectClose(frequencies({ temperature: 1, topK: 2 }), [0, 0, 4 / 7, 3 / 7]);
});

test('top p keeps the fewest that reach p', () => {
  expectClose(frequencies({ temperature: 1, topP: 0.5 }), [0, 0, 4 / 7, 3 / 7]);
  expectClose(frequencies({ temperature: 1, topP: 0.75 }), [0, 2 / 9, 4 / 9, 3 / 9]);
  expect(frequencies({ temperature: 1, topP: 0.01 }, 10)).toEqual([0, 0, 1, 0]);
});

test('equal logits rank by token', () => {
  const flat = new Float32Array(4);
  expect(sampleToken(flat, { temperature: 1, topK: 1 }, createRandom(1))).toBe(0);
  expect(sampleToken(flat, { temperature: 0 }, createRandom(1))).toBe(0);
});

test('logits that are no numbers are refused', () => {
  const broken = Float32Array.of(0, Number.NaN);
  expect(() => sampleToken(broken, { temperature: 1 }, createRandom(1))).toThrow('not numbers');
});
