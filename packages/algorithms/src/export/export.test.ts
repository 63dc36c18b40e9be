import {
  type ColumnProgram,
  gradients,
  openSession,
  reduceSum,
  type TensorData,
  tensorData,
  toOnnx,
} from '@banyan/engine';
import { expect, test } from 'vitest';
import type { AlgorithmName, FitData, Split, TrainedModel } from '../algorithm.ts';
import { exampleSize } from '../fit/batches.ts';
import { answersOf } from '../fit/evaluate.ts';
import { train } from '../testing/drain.ts';
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
import { exportModel, type Preparation } from './export.ts';
import { forwardProgram } from './forward.ts';
import { decodeLatent, reconstruct } from './latent.ts';
import { loadModel, saveModel } from './model-file.ts';

async function runOnnx(
  bytes: Uint8Array,
  feeds: Record<string, TensorData>,
): Promise<Record<string, TensorData>> {
  const session = await openSession(bytes, { threads: 1 });
  const results = await session.run(feeds);
  await session.close();
  return results;
}

function expectClose(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-4): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!), `at ${i}`).toBeLessThan(tolerance);
}

const examples = ({ x, rows, shape }: Split): TensorData => ({
  dtype: 'float32',
  shape: [rows, ...shape],
  data: x,
});

/** Handwritten digits as prepared examples, in one channel before the pixels. */
const inOneChannel = (split: Split): Split => ({
  ...split,
  shape: [1, 28, 28],
  x: Float32Array.from(split.x, (pixel) => pixel / 255),
});

function digitImages(trainRows: number, validRows: number): FitData {
  const { shape, train, test } = labelledDigits(trainRows, validRows);
  return { shape: { ...shape, shape: [1, 28, 28] }, train: inOneChannel(train), valid: inOneChannel(test) };
}

const supervised: [AlgorithmName, Record<string, unknown>, FitData][] = [
  ['mlp', { hidden: [8], epochs: 3 }, penguins()],
  ['mlp', { hidden: [8], epochs: 3, residual: true }, seattleWeather(5)],
  ['mlp', { hidden: [8], epochs: 3 }, cars()],
  ['linear', { epochs: 3 }, penguins()],
  ['linear', { epochs: 3 }, cars()],
  ['majority', {}, penguins()],
  ['mlp', { hidden: [8], epochs: 3 }, penguinMasses()],
  ['mean', {}, penguinMasses()],
  ['rnn', { hidden: 4, epochs: 1 }, seattleWeather(5)],
  ['rnn', { hidden: 4, epochs: 1, layers: 2, bidirectional: true, cell: 'lstm' }, seattleWeather(5)],
  ['cnn', { channels: [4, 6], hidden: [8], epochs: 1 }, digitImages(200, 32)],
  ['persistence', {}, seattleWeather(5)],
];

test.each(supervised)(
  '%s (%o) answers from its ONNX file, and from its saved weights, as in memory',
  async (name, config, data) => {
    const { model } = await train(name, config, data);
    const expected = await answersOf(model, data.valid);
    const results = await runOnnx(exportModel(model), { x: examples(data.valid) });
    const answers = results.probabilities ?? results.value;
    expectClose(answers!.data as Float32Array, (expected.probabilities ?? expected.value)!);
    expect(answers!.shape).toEqual(
      data.shape.classes ? [data.valid.rows, data.shape.classes.length] : [data.valid.rows],
    );
    if (results.label !== undefined) {
      const width = data.shape.classes!.length;
      const first = (answers!.data as Float32Array).subarray(0, width);
      expect(results.label.data[0]).toBe(data.shape.classes![first.indexOf(Math.max(...first))]);
    }
    const loaded: TrainedModel = loadModel(saveModel(model));
    expect(await answersOf(loaded, data.valid)).toEqual(expected);
  },
);

const columns: ColumnProgram[] = [
  {
    name: 'value',
    input: 'number',
    steps: [
      { op: 'impute', value: 2 },
      { op: 'affine', scale: 0.5, shift: -1 },
    ],
    width: 1,
  },
  { name: 'linear.weight', input: 'number', steps: [{ op: 'affine', scale: 2, shift: 0 }], width: 1 },
  { name: 'constant_0', input: 'string', steps: [{ op: 'one-hot', categories: ['f', 'm'] }], width: 2 },
];

test('with its preparation an exported model takes raw rows, whatever their columns are called', async () => {
  const { model } = await train('linear', { epochs: 3 }, penguins());
  const raw = {
    'column.value': tensorData('float32', [3, 1], [4, Number.NaN, 0]),
    'column.linear.weight': tensorData('float32', [3, 1], [1, 2, 3]),
    constant_0: tensorData('string', [3, 1], ['m', 'f', '']),
  };
  const prepared: Split = {
    rows: 3,
    shape: [4],
    x: Float32Array.from([1, 2, 0, 1, 0, 4, 1, 0, -1, 6, 0, 0]),
  };
  const results = await runOnnx(exportModel(model, { columns }), raw);
  expectClose(results.probabilities!.data as Float32Array, (await answersOf(model, prepared)).probabilities!);
});

/** Five days in a row, as one raw window. */
const week = (offset: number): TensorData =>
  tensorData(
    'float32',
    [1, 5],
    [1, 2, 3, 4, 5].map((day) => day + offset),
  );

test('a forecast takes raw windows', async () => {
  const data = seattleWeather(5);
  const names = ['precipitation', 'temp_max', 'temp_min', 'wind'];
  const preparation: Preparation = {
    columns: names.map((name) => ({
      name,
      input: 'number',
      steps: [{ op: 'affine', scale: 0.1, shift: -1 }],
      width: 1,
    })),
    window: { length: 5 },
  };
  const lastKnown = { feature: 1, scale: 10, shift: 10 };
  const { model } = await train('persistence', {}, { ...data, shape: { ...data.shape, lastKnown } });
  const raw = Object.fromEntries(names.map((name, i) => [name, week(10 * i)]));
  const { value } = await runOnnx(exportModel(model, preparation), raw);
  expectClose(value!.data as Float32Array, [15], 1e-5);
});

test.each([
  { architecture: 'dense', hidden: [32] },
  { architecture: 'convolutional', hidden: [16], channels: [4, 6] },
])(
  'a vae (%o) takes raw pixels and gives reconstruction and code, also from its saved weights',
  async (networks) => {
    const data = digits(200);
    const trained = await train('vae', { ...networks, latent: 3, epochs: 2 }, data);
    const model = loadModel(saveModel(trained.model));
    const pixels = data.valid.x.slice(0, 2 * 784) as Uint8Array;
    const bytes = exportModel(model, { columns: [], image: { scale: 1 / 255, shift: 0 } });
    const { reconstruction, latent } = await runOnnx(bytes, {
      image: { dtype: 'uint8', shape: [2, 28, 28], data: pixels },
    });
    const expected = await reconstruct(
      model,
      Float32Array.from(pixels, (pixel) => pixel / 255),
    );
    expect(reconstruction!.shape).toEqual([2, 28, 28]);
    expect(latent!.shape).toEqual([2, 3]);
    expectClose(reconstruction!.data as Float32Array, expected.reconstruction);
    expectClose(latent!.data as Float32Array, expected.latent);
    expectClose(await decodeLatent(model, expected.latent), expected.reconstruction);
  },
);

test.each(supervised)(
  'the answer of %s (%o) can be differentiated for any number of rows',
  async (name, config, data) => {
    const { model } = await train(name, config, data);
    const { graph, input, output, parameters, examplesOf, features } = forwardProgram(model);
    const [slope] = gradients(reduceSum(output), [input]);
    const bytes = toOnnx(graph, { inputs: [input], outputs: { slope: slope! }, initializers: parameters });
    const [fixed] = input.shape;
    for (const rows of typeof fixed === 'number' ? [fixed] : [1, 3]) {
      const x = Float32Array.from(data.valid.x.slice(0, rows * exampleSize(data.shape.shape)));
      const shape = [rows, ...data.shape.shape.slice(0, -1), features.length];
      const results = await runOnnx(bytes, { x: { dtype: 'float32', shape, data: examplesOf(x) } });
      expect(results.slope!.shape).toEqual(shape);
      expect(results.slope!.data.every((value) => Number.isFinite(value))).toBe(true);
    }
  },
);

test('a category is explained by shares of its learned rows: the same answer, and a slope for every row', async () => {
  const data = cars();
  const { model } = await train('mlp', { epochs: 5 }, data);
  const { graph, input, output, parameters, examplesOf, features } = forwardProgram(model);
  const [slope] = gradients(reduceSum(output), [input]);
  const outputs = { output, slope: slope! };
  const bytes = toOnnx(graph, { inputs: [input], outputs, initializers: parameters });
  const examples = examplesOf(data.valid.x as Float32Array);
  const shape = [data.valid.rows, features.length];
  const results = await runOnnx(bytes, { x: { dtype: 'float32', shape, data: examples } });
  expectClose(results.output!.data as Float32Array, (await answersOf(model, data.valid)).value!);
  const slopes = [...(results.slope!.data as Float32Array).subarray(0, features.length)];
  // Some makes are unseen and have learned their row too; no origin is.
  const moving = (feature: number) => slopes.filter((s, i) => s !== 0 && features[i] === feature).length;
  const [make, origin] = data.shape.categories!;
  expect(moving(0)).toBe(make!.size + 1);
  expect(moving(2)).toBe(origin!.size);
  const index = await train('linear', { epochs: 1 }, data);
  expect(forwardProgram(index.model).features).toEqual([0, 1, 2]);
});

test('an explanation differentiates the same answer', async () => {
  const { model } = await train('linear', { epochs: 2 }, penguins());
  const { graph, input, output, parameters } = forwardProgram(model);
  expect(input.shape).toEqual(['N', 4]);
  expect(output.shape).toEqual(['N', 3]);
  expect([...parameters.keys()].sort()).toEqual(graph.parameters.map(({ name }) => name).sort());
  const { model: weights } = await train('rnn', { hidden: 3, epochs: 1 }, seattleWeather(4));
  expect(forwardProgram(weights).output.shape).toEqual(['N', 1]);
});

test('n-grams are not exported, and say so', async () => {
  const { model } = await train('bigram', {}, mobyDick(2000, 300));
  expect(() => exportModel(model)).toThrow('a bigram is a table to compare with');
});

const readers: [AlgorithmName, Record<string, unknown>][] = [
  ['bert', { layers: 2, heads: 2, width: 16, pretrainingSteps: 5, epochs: 1 }],
  ['linear', { epochs: 3 }],
  ['majority', {}],
];

const tensor = (length: number, some: number[][], value: (ids: number[], at: number) => number) =>
  tensorData(
    'int64',
    [some.length, length],
    some.flatMap((ids) => Array.from({ length }, (_, at) => value(ids, at))),
  );

test.each(readers)(
  '%s (%o) classifies token ids of any length, with a mask over the filling',
  async (name, config) => {
    const data = madeTexts(60);
    const { model } = await train(name, config, data);
    const bytes = exportModel(model, { columns: [] });
    const { probabilities: expected } = await answersOf(model, data.valid);
    expect(await answersOf(loadModel(saveModel(model)), data.valid)).toEqual({ probabilities: expected });
    const [rows, longest] = [4, 12];
    const texts = Array.from({ length: rows }, (_, row) => {
      const ids = Array.from(data.valid.x.subarray(row * longest, (row + 1) * longest));
      return ids.slice(0, ids.indexOf(3) + 1);
    });
    // What the mask hides may be anything.
    const ask = (length: number, some: number[][]) =>
      runOnnx(bytes, {
        input_ids: tensor(length, some, (ids, at) => ids[at] ?? 7),
        attention_mask: tensor(length, some, (ids, at) => Number(at < ids.length)),
      });
    const together = await ask(longest, texts);
    expectClose(together.probabilities!.data as Float32Array, expected!.subarray(0, rows * 2));
    for (const [row, text] of texts.entries()) {
      const { probabilities, label } = await ask(text.length, [text]);
      expectClose(probabilities!.data as Float32Array, expected!.subarray(row * 2, row * 2 + 2));
      const [without, withIt] = probabilities!.data as Float32Array;
      expect(label!.data).toEqual([withIt! > without! ? 'with' : 'without']);
    }
  },
);
