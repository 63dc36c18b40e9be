import { readSafetensors, type TensorData, writeSafetensors } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { TrainedModel } from '../algorithm.ts';
import { answersOf } from '../fit/evaluate.ts';
import { train } from '../testing/drain.ts';
import { penguinMasses, seattleWeather } from '../testing/real-data.ts';
import { loadModel, saveModel } from './model-file.ts';

function transposed({ dtype, shape: [rows = 0, columns = 0], data }: TensorData): TensorData {
  const turned = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = data[row * columns + column] as number;
  return { dtype, shape: [columns, rows], data: turned };
}

/** The bytes that version 1 of the format had. */
function firstFormat(model: TrainedModel): Uint8Array {
  const { tensors, metadata } = readSafetensors(saveModel(model));
  const old = [...tensors].map(([name, tensor]): [string, TensorData] => [
    name,
    /^layers\..*\.[UW]$/.test(name) && model.algorithm === 'rnn' ? transposed(tensor) : tensor,
  ]);
  const about = { ...JSON.parse(metadata.banyan!), format: 'banyan-weights/1' };
  delete about.config.residual;
  return writeSafetensors(new Map(old), { format: 'pt', banyan: JSON.stringify(about) });
}

// As many features as units: the weights of a simple cell are square, so that no shape tells the formats apart.
test.each(['simple', 'gru', 'lstm'])(
  'a recurrent model of the first format (%s) answers as it did',
  async (cell) => {
    const data = seattleWeather(5);
    const config = { cell, hidden: data.shape.shape[1]!, epochs: 1 };
    const { model } = await train('rnn', config, data);
    const loaded = loadModel(firstFormat(model));
    expect(await answersOf(loaded, data.valid)).toEqual(await answersOf(model, data.valid));
  },
);

test('an mlp of the first format knows no residual', async () => {
  const { model } = await train('mlp', { epochs: 1 }, penguinMasses());
  expect(loadModel(firstFormat(model)).config.residual).toBe(false);
  expect(loadModel(saveModel(model)).config.residual).toBe(true);
});

test('a format of the future is refused by its name', async () => {
  const { model } = await train('linear', { epochs: 1 }, penguinMasses());
  const { tensors, metadata } = readSafetensors(saveModel(model));
  const about = metadata.banyan!.replace('banyan-weights/2', 'banyan-weights/9');
  expect(() => loadModel(writeSafetensors(tensors, { banyan: about }))).toThrow(
    'weights of the unknown format banyan-weights/9; this version reads banyan-weights/2, banyan-weights/1',
  );
});
