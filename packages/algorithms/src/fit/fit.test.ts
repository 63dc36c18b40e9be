import { writeSafetensors } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { AlgorithmName, FitData, TrainedModel } from '../algorithm.ts';
import { eventsOf, train } from '../testing/drain.ts';
import { madeTexts } from '../testing/made-texts.ts';
import { digits, labelledDigits, mobyDick, penguins, seattleWeather } from '../testing/real-data.ts';
import { evaluate } from './evaluate.ts';
import { fit } from './fit.ts';

const bytesOf = ({ tensors }: TrainedModel): Buffer => Buffer.from(writeSafetensors(tensors));

const tinyBert = { layers: 2, heads: 2, width: 16, context: 12, batchSize: 8, patience: 2 };

/** The checkpoint of step 5 falls into bert's pretraining, behind it, and on its last step. */
function labelledImages(rows: number): FitData {
  const { shape, train, test } = labelledDigits(rows, 50);
  return { shape, train, valid: test };
}

const runs: [AlgorithmName, Record<string, unknown>, FitData][] = [
  ['mlp', { hidden: [8], dropout: 0.2, epochs: 6, patience: 3 }, penguins()],
  [
    'cnn',
    { channels: [4], hidden: [8], shift: 2, mirror: true, epochs: 2, batchSize: 25 },
    labelledImages(100),
  ],
  ['rnn', { cell: 'lstm', hidden: 4, epochs: 1, batchSize: 64 }, seattleWeather(7)],
  ['vae', { hidden: [16], latent: 2, epochs: 4, batchSize: 25 }, digits(100)],
  [
    'vae',
    { architecture: 'convolutional', channels: [4], hidden: [], latent: 2, epochs: 2, batchSize: 25 },
    digits(100),
  ],
  [
    'gpt',
    { layers: 1, heads: 2, width: 16, context: 16, batchSize: 4, steps: 12, warmupSteps: 3, dropout: 0.1 },
    mobyDick(4000, 500),
  ],
  ['bert', { ...tinyBert, pretrainingSteps: 12, epochs: 1 }, madeTexts(48)],
  ['bert', { ...tinyBert, pretrainingSteps: 3, epochs: 2 }, madeTexts(48)],
  ['bert', { ...tinyBert, pretrainingSteps: 5, epochs: 2 }, madeTexts(48)],
];

/** The same under every other way of taking steps. */
const otherSteps: [AlgorithmName, Record<string, unknown>, FitData][] = [
  [
    'mlp',
    { hidden: [8, 8], dropout: 0.2, epochs: 6, optimizer: 'muon', averageDecay: 0.9, microBatches: 2 },
    penguins(),
  ],
  ['mlp', { hidden: [8], epochs: 6, optimizer: 'sgd', schedule: 'linear', labelSmoothing: 0.1 }, penguins()],
  [
    'vae',
    { hidden: [16], latent: 2, epochs: 4, batchSize: 25, optimizer: 'adam', microBatches: 5 },
    digits(100),
  ],
  [
    'gpt',
    {
      layers: 1,
      heads: 2,
      width: 16,
      context: 16,
      batchSize: 4,
      steps: 12,
      dropout: 0.1,
      optimizer: 'lion',
      schedule: 'warmup-stable-decay',
      microBatches: 2,
    },
    mobyDick(4000, 500),
  ],
];

test.each([...runs, ...otherSteps])(
  '%s goes on from a checkpoint to the same bytes as an undisturbed run',
  async (name, config, data) => {
    const undisturbed = await train(name, config, data);
    const saving = await train(name, config, data, { checkpointEverySteps: 5 });
    expect(bytesOf(saving.model)).toEqual(bytesOf(undisturbed.model));

    const [first] = eventsOf(saving.events, 'checkpoint');
    const resumed = await train(name, config, data, { checkpoint: first!.bytes });
    expect(eventsOf(resumed.events, 'step')[0]?.step).toBe(first!.step + 1);
    expect(bytesOf(resumed.model)).toEqual(bytesOf(undisturbed.model));

    const other = await train(name, config, data, { seed: 2 });
    expect(bytesOf(other.model)).not.toEqual(bytesOf(undisturbed.model));
  },
);

test('a checkpoint of the last best weights survives a resume that finds none better', async () => {
  const data = penguins();
  // So large a rate that the first validations are the best.
  const config = { hidden: [4], learningRate: 1, epochs: 60, patience: 8 };
  const undisturbed = await train('mlp', config, data, { checkpointEverySteps: 1 });
  const [bye] = eventsOf(undisturbed.events, 'log');
  expect(bye?.message).toMatch(
    /stopped at step \d+: 8 validations without a better log_loss than .* at step \d+/,
  );
  const last = eventsOf(undisturbed.events, 'checkpoint').at(-1)!;
  const resumed = await train('mlp', config, data, { checkpoint: last.bytes });
  expect(bytesOf(resumed.model)).toEqual(bytesOf(undisturbed.model));
});

test('early stopping returns the weights of the best validation', async () => {
  const data = penguins();
  const { model, events } = await train('mlp', { learningRate: 0.1, epochs: 100, patience: 5 }, data);
  const best = Math.min(...eventsOf(events, 'valid').map(({ metrics }) => metrics.log_loss!));
  const again = await train('mlp', { learningRate: 0.1, epochs: 100, patience: 5 }, data);
  expect(bytesOf(again.model)).toEqual(bytesOf(model));
  const { metrics } = await evaluate(model, data.valid, { seed: 1 });
  expect(metrics.log_loss!.value).toBeCloseTo(best, 9);
});

test('a run without a validation split says so and keeps its last weights', async () => {
  const data = penguins();
  const none = { ...data.valid, rows: 0, x: new Float32Array(), y: new Int32Array() };
  const { events } = await train('linear', { epochs: 2 }, { ...data, valid: none });
  expect(eventsOf(events, 'valid')).toEqual([]);
  expect(eventsOf(events, 'log')[0]?.message).toMatch('the validation split is empty');
  const short = mobyDick(1000, 20);
  const config = { layers: 1, heads: 1, width: 8, context: 32, steps: 2 };
  expect(eventsOf((await train('gpt', config, short)).events, 'log')).toHaveLength(1);
});

test('a checkpoint of another run is refused', async () => {
  const data = penguins();
  const { events } = await train('linear', { epochs: 3 }, data, { checkpointEverySteps: 1 });
  const [{ bytes } = { bytes: new Uint8Array() }] = eventsOf(events, 'checkpoint');
  await expect(train('linear', { epochs: 3 }, data, { checkpoint: bytes, seed: 2 })).rejects.toThrow(
    'this checkpoint belongs to another run',
  );
});

test('checkpoints come by the clock too', async () => {
  const { events } = await train('linear', { epochs: 5 }, penguins(), { checkpointEverySeconds: 0 });
  expect(eventsOf(events, 'checkpoint')).toHaveLength(eventsOf(events, 'step').length);
});

test('a loss that is not finite ends with advice', async () => {
  const data = penguins();
  const wild = { ...data.train, x: (data.train.x as Float32Array).map((v) => v * 1e38) };
  await expect(
    train('mlp', { learningRate: 5, activation: 'relu' }, { ...data, train: wild }),
  ).rejects.toThrow(/Lower learningRate \(it is 5\), set clipNorm to 1, or look for extreme values/);
});

test('a run starts from the tensors of another', async () => {
  const data = penguins();
  const first = await train('mlp', { hidden: [4], epochs: 3 }, data);
  const { tensors } = first.model;
  const onwards = await train('mlp', { hidden: [4], epochs: 1, learningRate: 1e-9 }, data, {
    initial: tensors,
  });
  const moved = [...onwards.model.tensors].map(([name, { data }]) => {
    const before = tensors.get(name)!.data as Float32Array;
    return Math.max(...(data as Float32Array).map((value, i) => Math.abs(value - before[i]!)));
  });
  expect(Math.max(...moved)).toBeLessThan(1e-6);
  await expect(train('mlp', { hidden: [5], epochs: 1 }, data, { initial: tensors })).rejects.toThrow(
    'the first value of layers.0.weight is [',
  );
  await expect(train('majority', {}, data, { initial: tensors })).rejects.toThrow('starts from no tensors');
});

test.each([undefined, 5])(
  'a batch in parts makes the steps of the whole batch (weights up to %s)',
  async (most) => {
    const images = labelledImages(100);
    const classWeights = most && images.shape.classes!.map((_, i) => (i % most) + 1);
    const data = { ...images, shape: { ...images.shape, ...(classWeights && { classWeights }) } };
    const config = { hidden: [16], epochs: 2, batchSize: 20, optimizer: 'sgd', learningRate: 0.05 };
    const whole = await train('mlp', config, data);
    const parts = await train('mlp', { ...config, microBatches: 4 }, data);
    const losses = (run: typeof whole) => eventsOf(run.events, 'step').map(({ loss }) => loss);
    expect(losses(parts)).toHaveLength(losses(whole).length);
    for (const [step, loss] of losses(whole).entries()) expect(losses(parts)[step]).toBeCloseTo(loss, 4);
  },
);

test('an aborted run stops before its next step', async () => {
  const abort = new AbortController();
  const run = fit('linear', {}, penguins(), { seed: 1, threads: 1, signal: abort.signal });
  await run.next();
  await run.next();
  abort.abort(new Error('cancelled by its owner'));
  await expect(Array.fromAsync(run, ({ kind }) => kind)).rejects.toThrow('cancelled by its owner');
});

test('what cannot be learned is refused with what would do', async () => {
  const data = penguins();
  await expect(train('mlp', { learnigRate: 1 }, data)).rejects.toThrow(/does not suit mlp[^]*learnigRate/);
  await expect(train('mlp', { hidden: [0] }, data)).rejects.toThrow(/hidden\[0\]/);
  await expect(train('gpt', { width: 10, heads: 4 }, mobyDick(1000, 300))).rejects.toThrow(
    'width must be a multiple of heads',
  );
  await expect(train('rnn', {}, data)).rejects.toThrow('rnn does not take tabular data; it takes sequence');
  await expect(train('gpt', {}, mobyDick(100, 300))).rejects.toThrow(
    'the training split cannot be used: it has 100 tokens, and one context of 128 with the token after takes 129: shorten context to at most 99',
  );
  const holes = { ...data, train: { ...data.train, x: (data.train.x as Float32Array).with(6, Number.NaN) } };
  await expect(train('mlp', {}, holes)).rejects.toThrow(
    'row 1 has no finite number in feature 2; impute or drop it',
  );
  const rows = { ...data, shape: { ...data.shape, task: 'reconstruction' as const } };
  await expect(train('vae', { architecture: 'convolutional', likelihood: 'gaussian' }, rows)).rejects.toThrow(
    'a convolutional architecture is for images, not for tabular data: set architecture to dense',
  );
  const images = labelledImages(100);
  await expect(train('cnn', { channels: [2, 2, 2, 2, 2] }, images)).rejects.toThrow(
    'a pool of 2 x 2 does not fit into the 1 x 1 pixels that the stages before leave: take fewer stages',
  );
  await expect(train('cnn', { padding: 'none', kernel: 15 }, images)).rejects.toThrow(
    'a kernel of 15 x 15 does not fit into the 7 x 7 pixels',
  );
  const { lastKnown: _, ...shape } = seattleWeather(7).shape;
  await expect(train('rnn', {}, { ...seattleWeather(7), shape })).rejects.toThrow('set residual to false');
});

test('the memory of a run is planned before its first step, and a run that exceeds its limit is refused', async () => {
  const config = { hidden: [64], epochs: 1 };
  const { events } = await train('mlp', config, penguins());
  const { plan } = eventsOf(events, 'memory')[0]!;
  // 4 x 64 + 64 + 64 x 3 + 3 parameters and their two moments.
  expect(plan.bytes).toMatchObject({ parameters: 4 * 515, gradients: 4 * 515, moments: 8 * 515 });
  expect(plan.totalBytes).toBeGreaterThan(plan.bytes.activations);
  await expect(train('mlp', config, penguins(), { memoryLimitBytes: 1e6 })).rejects.toThrow(
    /would take 1\d\d MB of memory, more than the 1\.0 MB it may/,
  );
});
