import { expect, it } from 'vitest';
import { readPattern } from './patterns.ts';

it.each([
  ['*.log', 'deep/a.log', true],
  ['*.log', 'a.logs', false],
  ['name', 'in/name', true],
  ['name', 'name/in', false],
  ['/name', 'in/name', false],
  ['**', 'a/b', true],
  ['a/**', 'a', false],
  ['a/**', 'a/b/c', true],
  ['**/b', 'b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['*', 'a/b', true],
  ['a?[0-9]', 'ab1', true],
  ['a\\*', 'a*', true],
  ['a'.repeat(1025), 'a'.repeat(1025), false],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(readPattern(pattern).fits(path.split('/'))).toBe(expected);
});

it('tells by how many first parts it fits them', () => {
  const parts = 'a/b/a/c'.split('/');
  expect(readPattern('a').fitsFirst(parts)).toEqual([false, true, false, true, false]);
  expect(readPattern('a/*').fitsFirst(parts)).toEqual([false, false, true, false, false]);
  expect(readPattern('a/**').fitsFirst(parts)).toEqual([false, false, true, true, true]);
});
