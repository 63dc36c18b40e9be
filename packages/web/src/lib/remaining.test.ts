import { expect, test } from 'vitest';
import { remainingMs } from './remaining.ts';

test('the time left is told only when there is enough to tell by', () => {
  expect(remainingMs(1000, 0, 100)).toBeUndefined();
  expect(remainingMs(1000, 5, undefined)).toBeUndefined();
  expect(remainingMs(1000, 25, 100)).toBe(3000);
});
