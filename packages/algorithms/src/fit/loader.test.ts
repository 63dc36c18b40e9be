import { writeSafetensors } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { AlgorithmName, FitData } from '../algorithm.ts';
import { gptConfig } from '../catalogue/gpt-config.ts';
import { train } from '../testing/drain.ts';
import { madeTexts } from '../testing/made-texts.ts';
import { digits, mobyDick, penguins } from '../testing/real-data.ts';
import type { BatchOrder } from './batch-maker.ts';
import { openThreadedLoader } from './loader-threaded.ts';

const runs: [AlgorithmName, Record<string, unknown>, FitData][] = [
  ['mlp', { hidden: [8], dropout: 0.2, epochs: 4 }, penguins()],
  ['vae', { hidden: [16], latent: 2, epochs: 2, batchSize: 25 }, digits(100)],
  [
    'gpt',
    { layers: 1, heads: 2, width: 16, context: 16, batchSize: 4, steps: 9, dropout: 0.1 },
    mobyDick(4000, 500),
  ],
  ['bert', { layers: 1, heads: 2, width: 8, context: 16, pretrainingSteps: 4, epochs: 1 }, madeTexts(32)],
];

test.each(runs)('%s learns the same bits from batches of a thread', async (name, config, data) => {
  const here = await train(name, config, data, { loadIn: 'here' });
  const beside = await train(name, config, data, { loadIn: 'thread' });
  expect(writeSafetensors(beside.model.tensors)).toEqual(writeSafetensors(here.model.tensors));
});

const { shape, train: text } = mobyDick(1000, 100);
const config = gptConfig.parse({ context: 16, layers: 1, width: 8, heads: 1 });
const order: BatchOrder = {
  algorithm: 'gpt',
  stage: 'task',
  config,
  shape,
  seed: 1,
  examples: 984,
  batchRows: 4,
  microBatches: 1,
  firstStep: 1,
};

test('what fails in the thread fails here, in its own words', async () => {
  const loader = openThreadedLoader({
    order,
    split: { rows: 3, shape: [], x: new Int32Array(3) },
    lastStep: 5,
  });
  await expect(loader.batches(1)).rejects.toThrow('this split has no tokens');
  await loader.close();
});

test('a closed loader says so, and a step is given once', async () => {
  const loader = openThreadedLoader({ order, split: text, lastStep: 9 });
  const [{ ids } = {}] = await loader.batches(1);
  expect(ids).toHaveLength(64);
  await expect(loader.batches(1)).rejects.toThrow('was taken before');
  await loader.close();
  await expect(loader.batches(5)).rejects.toThrow('has ended');
});
