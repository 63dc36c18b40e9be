import { expect, test } from 'vitest';
import { parseExpression } from './parse-expression.ts';

const parse = (text: string) => parseExpression(text, (name) => ({ op: 'column', name, input: 'number' }));

test.each([
  ['NOTs', `${'not '.repeat(2000)}a > 1`, 'nested more than 60 deep'],
  ['minuses', `${'- '.repeat(4000)}a`, 'nested more than 60 deep'],
  ['powers', `a${' ^ a'.repeat(2000)}`, 'nested more than 60 deep'],
  ['sums', `1${'+1'.repeat(4999)}`, 'comes to more than 2000 parts'],
  // Each IN has what is before it three times over.
  ['choices', `${'if('.repeat(50)}a${' in (1, 2, 3), 1, 0)'.repeat(50)}`, 'comes to more than 2000 parts'],
])('too many %s are refused at once', (_what, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test('what is within bounds is read', () => {
  expect(parse('not not a > - - 1')).toMatchObject({ op: 'not', of: { op: 'not' } });
  expect(parse('2 ^ 3 ^ a')).toMatchObject({ op: '^', right: { op: '^' } });
  expect(parse('((a))')).toEqual({ op: 'column', name: 'a', input: 'number' });
});
