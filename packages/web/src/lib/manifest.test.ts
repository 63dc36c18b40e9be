import { expect, test } from 'vitest';
import { rowOf } from './manifest.ts';

test('a form row has numbers as numbers and gaps as missing', () => {
  const inputs = [
    { name: 'mass', type: 'number' as const },
    { name: 'island', type: 'string' as const },
    { name: 'sex', type: 'string' as const },
  ];
  expect(rowOf(inputs, { mass: '3750.5', island: 'Torgersen' })).toEqual({
    mass: 3750.5,
    island: 'Torgersen',
    sex: null,
  });
});
