import { expect, test } from 'vitest';
import type { AlgorithmName, FitData, Split, TrainedModel } from '../algorithm.ts';
import { decodeLatent } from '../export/latent.ts';
import { evaluate } from '../fit/evaluate.ts';
import { colourDigits } from '../testing/colour-digits.ts';
import { eventsOf, train } from '../testing/drain.ts';
import { madeTexts } from '../testing/made-texts.ts';
import {
  cars,
  digits,
  labelledDigits,
  mobyDick,
  penguinMasses,
  penguins,
  seattleWeather,
} from '../testing/real-data.ts';

const xor: Split = {
  rows: 4,
  shape: [2],
  x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1),
  y: Float32Array.of(0, 1, 1, 0),
};

// Of the seeds 0 to 7 all but 7 get there; that one ends in the well-known saddle with a loss of 0.5.
test.each([0, 1, 2])('a 2-2-1 network learns XOR (seed %i)', async (seed) => {
  const config = { hidden: [2], activation: 'tanh', epochs: 1000, learningRate: 0.05, weightDecay: 0 };
  const data = {
    shape: { kind: 'tabular', task: 'regression', shape: [2], target: { mean: 0, std: 1 } },
    train: xor,
    valid: { ...xor, rows: 0 },
  } as const;
  const { model, events } = await train(
    'mlp',
    config,
    { ...data, shape: { ...data.shape, shape: [2] } },
    { seed },
  );
  expect(eventsOf(events, 'step').at(-1)!.loss).toBeLessThan(0.01);
  expect((await evaluate(model, xor, { seed: 1 })).metrics.rmse!.value).toBeLessThan(0.1);
});

/** Evenly over -1.5 to 1.5. */
const spread = (i: number): number => ((i * 0.6180339887) % 1) * 3 - 1.5;

/** Two classes, one of them of 20 rows in 400, that lie one apart and reach over each other. */
function rareClass(): FitData {
  const rows = 400;
  const y = Int32Array.from({ length: rows }, (_, i) => Number(i % 20 === 0));
  const x = Float32Array.from(y, (label, i) => label + spread(i));
  const split: Split = { rows, shape: [1], x, y };
  return {
    shape: { kind: 'tabular', task: 'classification', shape: [1], classes: ['usual', 'rare'] },
    train: split,
    valid: split,
  };
}

test('classes that are weighted: the rare one is found, as if its rows were repeated', async () => {
  const data = rareClass();
  const weighted = { ...data, shape: { ...data.shape, classWeights: [400 / (2 * 380), 400 / (2 * 20)] } };
  const found = async (given: FitData): Promise<number> => {
    const { model } = await train('linear', { epochs: 60, learningRate: 0.05 }, given);
    return (await evaluate(model, data.valid, { seed: 1 })).confusion!.counts[1]![1]!;
  };
  expect(await found(data)).toBe(0);
  expect(await found(weighted)).toBeGreaterThan(12);
  await expect(train('mlp', { epochs: 1, labelSmoothing: 0.1 }, weighted)).rejects.toThrow(
    'labels of weighted classes cannot be smoothed',
  );
});

test('penguins: logistic regression and a network know the species, the majority does not', async () => {
  const data = penguins();
  const scores = await Promise.all(
    (['majority', 'linear', 'mlp'] as const).map(async (name) =>
      evaluate((await train(name, {}, data)).model, data.valid, { seed: 1 }),
    ),
  );
  const [majority, linear, mlp] = scores.map(({ metrics }) => metrics.accuracy!);
  expect(majority!.high).toBeLessThan(0.7);
  for (const accuracy of [linear!, mlp!]) {
    expect(accuracy.value).toBeGreaterThan(0.95);
    expect(accuracy.low).toBeLessThanOrEqual(accuracy.value);
    expect(accuracy.high).toBeGreaterThanOrEqual(accuracy.value);
  }
  const { confusion, rows } = scores[2]!;
  expect(confusion!.counts.flat().reduce((sum, n) => sum + n, 0)).toBe(rows);
});

test('penguins: their mass in grams follows from their measures', async () => {
  const data = penguinMasses();
  const { metrics: linear } = await evaluate((await train('linear', {}, data)).model, data.valid, {
    seed: 1,
  });
  const { metrics: mean } = await evaluate((await train('mean', {}, data)).model, data.valid, { seed: 1 });
  expect(mean.r2!.value).toBeLessThan(0.01);
  expect(linear.r2!.value).toBeGreaterThan(0.7);
  expect(linear.rmse!.value).toBeLessThan(500);
});

const rmse = async (name: AlgorithmName, config: Record<string, unknown>, data: FitData): Promise<number> =>
  (await evaluate((await train(name, config, data)).model, data.valid, { seed: 1 })).metrics.rmse!.value;

test('cars: learned embeddings make more of a make than its place in the alphabet', async () => {
  const data = cars();
  const { categories: _, ...shape } = data.shape;
  const embedded = await rmse('mlp', { epochs: 60 }, data);
  expect(embedded).toBeLessThan(0.95 * (await rmse('mlp', { epochs: 60 }, { ...data, shape })));
  expect(embedded).toBeLessThan(0.95 * (await rmse('linear', {}, data)));
});

test("Seattle: a recurrent network, and a plain one, beat persistence for tomorrow's temperature", async () => {
  const data = seattleWeather(14);
  const persistence = await rmse('persistence', {}, data);
  expect(await rmse('rnn', { hidden: 16, epochs: 15 }, data)).toBeLessThan(persistence);
  expect(await rmse('mlp', { epochs: 15 }, data)).toBeLessThan(persistence);
});

test('digits: a convolutional network names most after 1,500, a linear model fewer', async () => {
  const { shape, train: images, test: unseen } = labelledDigits(1500, 500);
  const accuracy = async (name: 'cnn' | 'linear', config: Record<string, unknown>) => {
    const { model } = await train(name, config, { shape, train: images, valid: unseen });
    return (await evaluate(model, unseen, { seed: 1 })).metrics.accuracy!.value;
  };
  const cnn = await accuracy('cnn', { epochs: 5, patience: 0 });
  expect(cnn).toBeGreaterThan(0.93);
  expect(cnn).toBeGreaterThan(await accuracy('linear', { epochs: 20 }));
});

// A hidden layer after the stages used to end with every unit silent here, and one answer for all.
test('digits in any two colours: a convolutional network of default settings learns shapes', async () => {
  const data = colourDigits(4000, 500);
  const { model } = await train('cnn', { epochs: 4, patience: 0 }, data);
  expect((await evaluate(model, data.valid, { seed: 1 })).metrics.accuracy!.value).toBeGreaterThan(0.4);
});

test.each([
  { architecture: 'dense', hidden: [128] },
  { architecture: 'convolutional', channels: [8, 16], hidden: [64] },
])('digits: a vae (%o) gets far below the mean image, and draws from codes', async (networks) => {
  const data = digits(600);
  const { model, events } = await train('vae', { ...networks, latent: 8, epochs: 20, batchSize: 50 }, data);
  const losses = eventsOf(events, 'valid').map(({ metrics }) => metrics.loss!);
  expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
  const vae = await evaluate(model, data.valid, { seed: 1 });
  const mean = await evaluate((await train('mean', {}, data)).model, data.valid, { seed: 1 });
  expect(vae.metrics.loss!.high).toBeLessThan(mean.metrics.loss!.low);
  expect(vae.metrics.loss!.value).toBeCloseTo(vae.metrics.reconstruction!.value + vae.metrics.kl!.value, 3);
  const walk = await decodeLatent(model, new Float32Array(3 * 8));
  expect(walk).toHaveLength(3 * 784);
  expect(Math.max(...walk)).toBeLessThanOrEqual(1);
});

test('digits: pulled to a centre instead, codes lie around it', async () => {
  const data = digits(200);
  const config = {
    hidden: [64],
    latent: 4,
    epochs: 10,
    batchSize: 50,
    divergence: 'center',
    center: 2,
    beta: 20,
  };
  const { model, events } = await train('vae', config, data);
  const distances = eventsOf(events, 'valid').map(({ metrics }) => metrics.distance!);
  expect(distances.at(-1)!).toBeLessThan(0.5 * distances[0]!);
  expect(model.config.center).toBe(2);
});

test('Moby Dick: the bigram beats the unigram, and a tiny gpt learns', async () => {
  const data = mobyDick(20_000, 3000);
  const bits = async (name: 'unigram' | 'bigram') =>
    (await evaluate((await train(name, {}, data)).model, data.valid, { seed: 1 })).metrics.bits_per_byte!
      .value;
  expect(await bits('bigram')).toBeLessThan(await bits('unigram'));
  const config = {
    layers: 1,
    heads: 2,
    width: 32,
    context: 32,
    batchSize: 8,
    steps: 150,
    warmupSteps: 10,
    validateEvery: 50,
  };
  const { events } = await train('gpt', config, data);
  const losses = eventsOf(events, 'valid').map(({ metrics }) => metrics.loss!);
  expect(losses).toHaveLength(3);
  expect(losses[0]!).toBeLessThan(Math.log(256));
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
});

test('texts: bert guesses masked tokens from their neighbours, and finds the token that decides', async () => {
  const data = madeTexts(400);
  const config = {
    layers: 1,
    heads: 2,
    width: 32,
    batchSize: 32,
    dropout: 0,
    pretrainingSteps: 400,
    pretrainingRate: 3e-3,
    epochs: 6,
    learningRate: 2e-3,
  };
  const { model, events } = await train('bert', config, data);
  const guesses = eventsOf(events, 'step').filter(({ stage }) => stage === 'pretraining');
  expect(guesses.map(({ step }) => step)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  const meanLoss = (from: number) =>
    guesses.slice(from, from + 20).reduce((sum, { loss }) => sum + loss / 20, 0);
  // Without a look at its neighbours a token is one of 19.
  expect(meanLoss(0)).toBeGreaterThan(Math.log(19));
  expect(meanLoss(380)).toBeLessThan(1.6);

  const accuracyOf = async (model: TrainedModel) =>
    (await evaluate(model, data.valid, { seed: 1 })).metrics.accuracy!.value;
  expect(await accuracyOf(model)).toBeGreaterThan(0.97);
  expect(await accuracyOf((await train('linear', {}, data)).model)).toBeGreaterThan(0.97);
  expect(await accuracyOf((await train('majority', {}, data)).model)).toBeLessThan(0.7);
});
