import { expect, it } from 'vitest';
import { facts, table } from './table.ts';

it('passes no control characters of what others wrote on to the terminal', () => {
  expect(table(['title'], [['a\u001b[2Jb\nc']])).toBe('TITLE\na\ufffd[2Jb c');
  expect(facts({ title: 'a\u001b]0;mine\u0007' })).toBe('title  a\ufffd]0;mine\ufffd');
});

it('takes more rows than a function takes arguments', () => {
  const rows = Array.from({ length: 300_000 }, () => ['x']);
  expect(table(['name'], rows)).toHaveLength(4 + 2 * rows.length);
});
