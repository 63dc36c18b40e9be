import { expect, test } from 'vitest';
import { readManifest, rowOf } from './manifest.ts';

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

test('an input is known by its raw column, whatever the graph calls it', () => {
  const inputs = [
    { name: 'column.value', column: 'value', type: 'number' },
    { name: 'sex', type: 'string' },
  ];
  const manifest = readManifest({ algorithm: 'mlp', task: 'regression', kind: 'tabular', inputs });
  expect(manifest?.inputs).toEqual([
    { name: 'value', type: 'number' },
    { name: 'sex', type: 'string' },
  ]);
});
