import { expect, test } from 'vitest';
import { safeNext } from './safe-next.ts';

test('after signing in one lands on this hub and nowhere else', () => {
  expect(safeNext('/runs/1?tab=x')).toBe('/runs/1?tab=x');
  for (const bad of [undefined, '//evil.example', 'https://evil.example', String.raw`/\evil.example`, 'x'])
    expect(safeNext(bad)).toBe('/');
});
