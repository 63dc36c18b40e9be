import type { ColumnProgram } from '@banyan/engine';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { shapeOfPrepared } from '../prepared.ts';
import { algorithmNamed, catalogue, parseConfig } from './catalogue.ts';

test.each(Object.values(catalogue))(
  '$name: every field of its form has a help line and a default',
  (algorithm) => {
    const schema = z.toJSONSchema(algorithm.config, { io: 'input' });
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      expect(field, name).toHaveProperty('description');
      expect(field, name).toHaveProperty('default');
    }
    expect(parseConfig(algorithm, undefined)).toEqual(parseConfig(algorithm, {}));
    for (const task of algorithm.tasks) {
      const { name, config } = algorithm.baselineFor(task, parseConfig(algorithm, {}));
      expect(catalogue[name].tasks).toContain(task);
      expect(parseConfig(catalogue[name], config)).toMatchObject(config ?? {});
    }
  },
);

const baselineOf = (name: string, config: object) => {
  const algorithm = algorithmNamed(name);
  return algorithm.baselineFor(algorithm.tasks[0]!, parseConfig(algorithm, config));
};

test('a baseline is measured as what it is compared with', () => {
  expect(baselineOf('vae', { likelihood: 'gaussian' })).toEqual({
    name: 'mean',
    config: { likelihood: 'gaussian' },
  });
  expect(baselineOf('gpt', { context: 32 })).toEqual({ name: 'bigram', config: { context: 32 } });
  expect(baselineOf('bigram', { context: 32 })).toEqual({ name: 'unigram', config: { context: 32 } });
});

test('an unknown algorithm is answered with those there are', () => {
  expect(() => algorithmNamed('xgboost')).toThrow(
    'there is no algorithm xgboost; there are mlp, cnn, rnn, vae',
  );
});

test('a prepared dataset says what its examples look like', () => {
  const lastKnown = { feature: 1, scale: 5, shift: 10 };
  const columns: ColumnProgram[] = [];
  const fitted = { kind: 'sequence', task: 'forecast', shape: [7, 4], lastKnown } as const;
  const shape = [7, 4];
  expect(shapeOfPrepared({ ...fitted, columns, shape, target: { mean: 10, std: 5 } })).toEqual({
    ...fitted,
    shape,
    target: { mean: 10, std: 5 },
  });
  expect(
    shapeOfPrepared({
      columns,
      kind: 'tabular',
      task: 'classification',
      shape: [2],
      target: { labels: ['a', 'b'] },
    }).classes,
  ).toEqual(['a', 'b']);
});

test('ordinal categories are found behind wider columns and affine steps, and no others', () => {
  const words = { input: 'string', width: 1 } as const;
  const ordinal = { op: 'ordinal', categories: ['a', 'b', 'c'] } as const;
  const columns: ColumnProgram[] = [
    { ...words, name: 'one-hot', steps: [{ ...ordinal, op: 'one-hot', categories: ['x', 'y'] }], width: 2 },
    { ...words, name: 'plain', steps: [{ ...ordinal, categories: ['x', 'y'] }] },
    { name: 'number', input: 'number', steps: [{ op: 'affine', scale: 3, shift: 1 }], width: 1 },
    {
      ...words,
      name: 'scaled',
      steps: [
        { ...ordinal, categories: ['x', 'y', 'z'] },
        { op: 'affine', scale: 0.5, shift: -1 },
        { op: 'affine', scale: 2, shift: 4 },
      ],
    },
    { ...words, name: 'logged', steps: [{ ...ordinal, categories: ['x'] }, { op: 'log1p' }] },
  ];
  const { categories } = shapeOfPrepared({ columns, kind: 'tabular', task: 'regression', shape: [6] });
  expect(categories).toEqual([
    { feature: 2, size: 2, scale: 1, shift: 0 },
    // x = ((i / 2) - 1) * 2 + 4 = i + 2
    { feature: 4, size: 3, scale: 1, shift: -2 },
  ]);
});
