import { expect, test } from 'vitest';
import { z } from 'zod';
import { algorithmNamed, catalogue, parseConfig } from './catalogue.ts';
import { shapeOfPrepared } from './prepared.ts';

test.each(Object.values(catalogue))(
  '$name: every field of its form has a help line and a default',
  (algorithm) => {
    const schema = z.toJSONSchema(algorithm.config, { io: 'input' });
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      expect(field, name).toHaveProperty('description');
      expect(field, name).toHaveProperty('default');
    }
    expect(parseConfig(algorithm, undefined)).toEqual(parseConfig(algorithm, {}));
    for (const task of algorithm.tasks) expect(catalogue[algorithm.baselineFor(task)].tasks).toContain(task);
  },
);

test('an unknown algorithm is answered with those there are', () => {
  expect(() => algorithmNamed('xgboost')).toThrow('there is no algorithm xgboost; there are mlp, rnn, vae');
});

test('the last known value of a prepared window is taken back to raw units', () => {
  const { lastKnown, target } = shapeOfPrepared({
    kind: 'sequence',
    task: 'forecast',
    shape: [7, 4],
    columns: [
      { name: 'weather', input: 'string', steps: [{ op: 'one-hot', categories: ['a', 'b', 'c'] }], width: 3 },
      {
        name: 'temp',
        input: 'number',
        steps: [
          { op: 'affine', scale: 2, shift: 1 },
          { op: 'affine', scale: 0.25, shift: -3 },
        ],
        width: 1,
      },
    ],
    window: { target: 'temp' },
    target: { mean: 10, std: 5 },
  });
  const x = (17 * 2 + 1) * 0.25 - 3;
  expect(lastKnown?.feature).toBe(3);
  expect(x * lastKnown!.scale + lastKnown!.shift).toBeCloseTo(17, 9);
  expect(target).toEqual({ mean: 10, std: 5 });
});
