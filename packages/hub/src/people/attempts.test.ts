import { expect, it } from 'vitest';
import { createAttempts } from './attempts.ts';

it('counts attempts by key, keeps so many keys, and lets the oldest go', () => {
  const attempts = createAttempts({ windowMs: 60_000, keys: 3 });
  for (const key of ['a', 'a', 'b', 'c']) expect(attempts.begin(key, 2)).toBeUndefined();
  expect(attempts.begin('a', 2)).toBeGreaterThan(0);
  attempts.takeBack('a');
  expect(attempts.begin('a', 2)).toBeUndefined();
  expect(attempts.begin('d', 2)).toBeUndefined();
  // `a` was the first to come: it is new again, and `b` had to go for it.
  expect(attempts.begin('a', 1)).toBeUndefined();
  expect(attempts.begin('c', 1)).toBeGreaterThan(0);
  expect(attempts.begin('b', 1)).toBeUndefined();
  attempts.forget('d');
  expect(attempts.begin('d', 1)).toBeUndefined();
});
