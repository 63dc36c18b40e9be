import { toCsv } from '@banyan/contract';
import { expect, it } from 'vitest';
import { addCondition, exampleCondition, nextSort, readImage, readSort, typeName } from './data-view.ts';

it('adds conditions as SQL, whatever is in a name or a value', () => {
  const first = addCondition(undefined, { column: 'a "b"', is: "it's", kind: 'text' });
  expect(first).toBe(`"a ""b""" = 'it''s'`);
  const range = { column: 'x', from: 1, to: 2, closed: false, length: false };
  expect(addCondition(first, range)).toBe(`${first} and "x" >= 1 and "x" < 2`);
  expect(addCondition('x = 1 or y = 2', { column: 'z', missing: true })).toBe(
    '(x = 1 or y = 2) and "z" is null',
  );
  expect(addCondition('"z" is null', { column: 'z', missing: true })).toBe('"z" is null');
  expect(addCondition('"z" = 10', { column: 'z', is: '1', kind: 'plain' })).toBe('"z" = 10 and "z" = 1');
});

it('turns the order of a column up, down and away', () => {
  expect(nextSort(undefined, 'x')).toBe('x');
  expect(nextSort('x', 'x')).toBe('-x');
  expect(nextSort('-x', 'x')).toBeUndefined();
  expect(readSort('-x')).toEqual({ column: 'x', descending: true });
});

it('names types and knows images, but no address that is not a picture', () => {
  expect(typeName({ dtype: 'int64', _type: 'Value' })).toBe('int64');
  expect(typeName({ a: { dtype: 'int64', _type: 'Value' } })).toBe('struct');
  expect(readImage({ src: 'data:image/png;base64,AA', width: 2, height: 3 })).toMatchObject({
    size: '2 × 3',
  });
  expect(readImage({ src: 'https://elsewhere.org/track.png' })).toBeUndefined();
  expect(readImage({ src: 'data:image/svg+xml;base64,AA' })).toBeUndefined();
});

it('writes CSV that is read back as it was', () => {
  expect(
    toCsv(
      ['a', 'b'],
      [
        ['x,"y"', null],
        [1, [2]],
      ],
    ),
  ).toBe('a,b\r\n"x,""y""",\r\n1,[2]\r\n');
});

const value = (dtype: string) => ({ dtype, _type: 'Value' });

it('an example of a condition is of the columns that are there', () => {
  expect(exampleCondition({ 'a "b"': value('string'), mass: value('float64') })).toBe(
    `"mass" > 10 and "a ""b""" like 'A%'`,
  );
  expect(exampleCondition({ image: { _type: 'Image' } })).toBe('');
});
