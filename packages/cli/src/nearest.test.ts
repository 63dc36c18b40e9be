import { expect, it } from 'vitest';
import { nearest } from './nearest.ts';

it('finds what was probably meant, and nothing far-fetched', () => {
  const words = ['linear', 'majority', 'mlp', 'persistence', 'rnn'];
  expect(nearest('lineer', words)).toBe('linear');
  expect(nearest('persistance', words)).toBe('persistence');
  expect(nearest('transformer', words)).toBeUndefined();
});
