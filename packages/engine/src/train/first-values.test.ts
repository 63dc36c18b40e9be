import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import type { TensorData } from '../tensor.ts';
import { tinyProgram, trainTiny } from './tiny.ts';
import { createTrainer, type TrainerOptions } from './trainer.ts';

const options: TrainerOptions = { optimizer: { kind: 'adamw', learningRate: 0.01 }, seed: 7 };
const values = (shape: number[], value: number): TensorData => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

test('given first values replace drawn ones, and leave the others as they would be', async () => {
  const drawn = await createTrainer(tinyProgram(), options);
  const given = await createTrainer(tinyProgram(), {
    ...options,
    initial: new Map([['b1', values([33], 0.5)]]),
  });
  expect(given.parameters()).toEqual(new Map([...drawn.parameters(), ['b1', values([33], 0.5)]]));
  await drawn.close();
  await given.close();
});

test.each<[string, TensorData, string]>([
  ['w9', values([1], 0), 'there is a first value for w9, which the program has not'],
  ['b1', values([3, 11], 0), 'the first value of b1 is [3, 11] of 33 numbers, not [33]'],
  ['b1', { ...values([33], 0), data: new Float32Array(32) }, 'of 32 numbers, not [33]'],
  ['b1', { dtype: 'int32', shape: [33], data: new Int32Array(33) }, 'the first value of b1 is int32'],
])('a first value for %s that does not fit is refused', async (name, value, message) => {
  const initial = new Map([[name, value]]);
  await expect(createTrainer(tinyProgram(), { ...options, initial })).rejects.toThrow(message);
});

test('frozen parameters stay as they are, and the others learn', async () => {
  const w1 = values([5, 33], 0.1);
  const trainer = await createTrainer(tinyProgram(), {
    ...options,
    initial: new Map([['w1', w1]]),
    trainable: (name) => name === 'w2' || name === 'b2',
  });
  const before = trainer.parameters();
  await trainTiny(trainer, createRandom('data'), 5);
  const after = trainer.parameters();
  expect(after.get('w1')).toBe(w1);
  for (const name of ['w1', 'b1']) expect(after.get(name)).toEqual(before.get(name));
  for (const name of ['w2', 'b2']) expect(after.get(name)).not.toEqual(before.get(name));
  await trainer.close();

  await expect(createTrainer(tinyProgram(), { ...options, trainable: () => false })).rejects.toThrow(
    'no parameter of the program is trainable',
  );
});
