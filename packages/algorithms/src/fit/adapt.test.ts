import { writeSafetensors } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { TrainedModel } from '../algorithm.ts';
import { eventsOf, train } from '../testing/drain.ts';
import { madeTexts } from '../testing/made-texts.ts';
import { penguins } from '../testing/real-data.ts';
import { evaluate } from './evaluate.ts';

const bytesOf = ({ tensors }: TrainedModel): Buffer => Buffer.from(writeSafetensors(tensors));

test('adapters learn beside weights that stay, and a resumed run learns the same', async () => {
  const data = penguins();
  const base = await train('mlp', { hidden: [8, 8], epochs: 2 }, data);
  const { tensors } = base.model;
  const config = { hidden: [8, 8], epochs: 20, learningRate: 0.02, patience: 4 };
  const options = { initial: tensors, adapters: { rank: 2 } };
  const { model, events } = await train('mlp', config, data, { ...options, checkpointEverySteps: 7 });
  expect([...model.adapters!.keys()]).toEqual(['layers.0.weight', 'layers.1.weight']);
  for (const [name, { data }] of tensors)
    if (model.adapters!.has(name)) expect(model.tensors.get(name)!.data).not.toEqual(data);
    else expect(model.tensors.get(name)!.data).toEqual(data);
  expect([...model.tensors.keys()]).toEqual([...tensors.keys()]);
  const losses = eventsOf(events, 'valid').map(({ metrics }) => metrics.log_loss!);
  expect(Math.min(...losses)).toBeLessThan(0.8 * losses[0]!);
  const { metrics } = await evaluate(model, data.valid, { seed: 1 });
  expect(metrics.log_loss!.value).toBeCloseTo(Math.min(...losses), 9);

  const { bytes } = eventsOf(events, 'checkpoint').at(-1)!;
  const resumed = await train('mlp', config, data, { ...options, checkpoint: bytes });
  expect(bytesOf(resumed.model)).toEqual(bytesOf(model));
  await expect(train('mlp', config, data, { adapters: { rank: 2 } })).rejects.toThrow(
    'adapters need weights',
  );
  const texts = { initial: new Map(), adapters: { rank: 2 } };
  await expect(train('bert', { pretrainingSteps: 2 }, madeTexts(16), texts)).rejects.toThrow(
    'set pretrainingSteps to 0',
  );
  const other = { ...options, adapters: { rank: 4 }, checkpoint: bytes };
  await expect(train('mlp', config, data, other)).rejects.toThrow('belongs to another run');
});

test('what is not given learns in full beside the adapters', async () => {
  const data = penguins();
  const base = await train('mlp', { hidden: [8, 8], epochs: 2 }, data);
  const trunk = new Map([...base.model.tensors].filter(([name]) => !name.startsWith('layers.2.')));
  const options = { initial: trunk, adapters: { rank: 2, targets: ['layers.1'] } };
  const config = { hidden: [8, 8], epochs: 5, learningRate: 0.02, patience: 0, averageDecay: 0.5 };
  const { model } = await train('mlp', config, data, options);
  expect([...model.adapters!.keys()]).toEqual(['layers.1.weight']);
  expect(model.tensors.get('layers.0.weight')).toEqual(trunk.get('layers.0.weight'));
  expect([...model.tensors.keys()]).toEqual([...base.model.tensors.keys()]);
  const { metrics } = await evaluate(model, data.valid, { seed: 1 });
  expect(metrics.accuracy!.value).toBeGreaterThan(0.8);
});
