import { writeSafetensors } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { TrainedModel } from '../algorithm.ts';
import { eventsOf, train } from '../testing/drain.ts';
import { penguins } from '../testing/real-data.ts';

const bytesOf = ({ tensors }: TrainedModel): Buffer => Buffer.from(writeSafetensors(tensors));
const config = { hidden: [8], dropout: 0.2, learningRate: 0.05, epochs: 30, patience: 3 };
const lane = 'deterministic';

test('a run in the deterministic lane computes in WebAssembly whatever the threads, and resumes to the same bytes', async () => {
  const run = await train('mlp', config, penguins(), { lane, checkpointEverySteps: 5 });
  expect(eventsOf(run.events, 'runtime')[0]?.runtime).toMatchObject({ provider: 'wasm', threads: 1 });
  const [first] = eventsOf(run.events, 'checkpoint');
  const resumed = await train('mlp', config, penguins(), { lane, threads: 2, checkpoint: first!.bytes });
  expect(bytesOf(resumed.model)).toEqual(bytesOf(run.model));
  const validations = eventsOf(run.events, 'valid').filter(({ step }) => step > first!.step);
  expect(eventsOf(resumed.events, 'valid')).toEqual(validations);

  const native = await train('mlp', config, penguins(), { checkpointEverySteps: 5 });
  expect(eventsOf(native.events, 'runtime')[0]?.runtime).toMatchObject({ provider: 'native', threads: 1 });
  const [other] = eventsOf(native.events, 'checkpoint');
  const refusal =
    'this checkpoint belongs to another run: algorithm, config, data, seed and lane must be the same';
  await expect(train('mlp', config, penguins(), { lane, checkpoint: other!.bytes })).rejects.toThrow(refusal);
  await expect(train('mlp', config, penguins(), { checkpoint: first!.bytes })).rejects.toThrow(refusal);
});
