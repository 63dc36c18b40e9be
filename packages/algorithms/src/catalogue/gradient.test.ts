import { createRandom, gradients, openSession, type Program, type TensorData, toOnnx } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { AlgorithmName, DataShape, Feeds, Split } from '../algorithm.ts';
import { firstRows } from '../fit/batches.ts';
import { madeTexts } from '../testing/made-texts.ts';
import { algorithmNamed, parseConfig } from './catalogue.ts';

const random = createRandom('examples');
const noise = (size: number): Float32Array => Float32Array.from({ length: size }, () => random.normal());
const ROWS = 3;

const table: DataShape = { kind: 'tabular', task: 'classification', shape: [4], classes: ['a', 'b', 'c'] };
const values: DataShape = { kind: 'tabular', task: 'regression', shape: [4] };
const categories = [
  { feature: 1, size: 2, scale: 1, shift: 0 },
  { feature: 2, size: 3, scale: 1, shift: 0 },
];
const series: DataShape = {
  kind: 'sequence',
  task: 'forecast',
  shape: [5, 2],
  target: { mean: 3, std: 2 },
  lastKnown: { feature: 1, scale: 2, shift: 3 },
};
const sequence: DataShape = { kind: 'sequence', task: 'classification', shape: [5, 2], classes: ['a', 'b'] };
const image: DataShape = { kind: 'image', task: 'reconstruction', shape: [3, 3] };
const reviews = madeTexts(ROWS, { length: 8, vocabulary: 12 });
const picture: DataShape = { kind: 'image', task: 'classification', shape: [8, 8], classes: ['a', 'b', 'c'] };
const colour: DataShape = { kind: 'image', task: 'regression', shape: [2, 7, 6] };
const rectangle: DataShape = { kind: 'image', task: 'reconstruction', shape: [2, 5, 3] };
const text: DataShape = { kind: 'text', task: 'generation', shape: [], vocabulary: 7 };

function examplesOf({ kind, task, shape, classes }: DataShape): Split {
  if (kind === 'text' && task === 'classification') return reviews.train;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const tokens = Int32Array.from({ length: 40 }, () => random.integer(7));
  if (task === 'generation') return { rows: tokens.length, shape, x: tokens, tokens };
  const y =
    task === 'classification'
      ? Int32Array.from({ length: ROWS }, () => random.integer(classes!.length))
      : noise(ROWS);
  const x =
    task === 'reconstruction'
      ? noise(ROWS * size)
          .map(Math.abs)
          .map((v) => v % 1)
      : noise(ROWS * size);
  return { rows: ROWS, shape, x, y };
}

const cases: [AlgorithmName, DataShape, Record<string, unknown>][] = [
  ['linear', table, {}],
  ['linear', values, {}],
  ['mlp', table, { hidden: [5, 4], activation: 'gelu', dropout: 0.3 }],
  ['mlp', values, { hidden: [5], activation: 'tanh' }],
  ['mlp', values, { hidden: [6], activation: 'relu' }],
  ['mlp', table, { hidden: [5], activation: 'sigmoid' }],
  ['mlp', { ...values, categories }, { hidden: [5], activation: 'tanh' }],
  ['mlp', { ...series, categories: categories.slice(0, 1) }, { residual: false, embedding: 3 }],
  ['mlp', series, { hidden: [5], activation: 'tanh' }],
  ['cnn', picture, { channels: [4, 6], hidden: [5] }],
  [
    'cnn',
    picture,
    { channels: [3], kernel: 5, padding: 'first', normalisation: 'none', hidden: [4], dropout: 0 },
  ],
  ['cnn', colour, { channels: [4, 4], convolutions: 2, pooling: 'average', activation: 'tanh', hidden: [] }],
  ['cnn', { ...colour, shape: [7, 6, 2] }, { channels: [3], kernel: 2, pool: 3, activation: 'gelu' }],
  ['rnn', series, { cell: 'simple', hidden: 4 }],
  ['rnn', series, { cell: 'gru', hidden: 4, residual: false, layers: 2 }],
  ['rnn', sequence, { cell: 'gru', hidden: 4 }],
  ['rnn', sequence, { cell: 'lstm', hidden: 4, layers: 2 }],
  ['rnn', sequence, { cell: 'gru', hidden: 3, layers: 2, bidirectional: true }],
  ['rnn', series, { cell: 'lstm', hidden: 3, bidirectional: true, residual: false }],
  ['vae', image, { hidden: [6], latent: 3 }],
  [
    'vae',
    image,
    { hidden: [6, 5], latent: 2, divergence: 'center', center: 0.5, likelihood: 'gaussian', beta: 0.7 },
  ],
  ['vae', rectangle, { architecture: 'convolutional', channels: [3, 4], hidden: [5], latent: 2 }],
  [
    'vae',
    { ...rectangle, shape: [6, 7] },
    {
      architecture: 'convolutional',
      channels: [3],
      hidden: [],
      latent: 2,
      divergence: 'center',
      likelihood: 'gaussian',
    },
  ],
  ['gpt', text, { layers: 2, heads: 2, width: 8, context: 6, checkpointing: true, dropout: 0.2 }],
  ['gpt', text, { style: 'llama', layers: 2, heads: 2, width: 8, context: 6, checkpointing: true }],
  ['gpt', text, { layers: 2, heads: 2, width: 8, context: 6, dropout: 0.2 }],
  ['gpt', text, { layers: 1, heads: 2, width: 8, context: 6, activation: 'gelu_new', tied: false }],
  ['gpt', text, { style: 'llama', layers: 2, heads: 4, kvHeads: 2, width: 8, context: 6, dropout: 0.2 }],
  ['gpt', text, { style: 'llama', layers: 1, heads: 2, width: 8, inner: 6, context: 6, tied: false }],
  ['linear', reviews.shape, {}],
  ['bert', reviews.shape, { layers: 2, heads: 2, width: 8, context: 10, dropout: 0.2 }],
  ['bert', reviews.shape, { layers: 2, heads: 2, width: 8, context: 10, checkpointing: true }],
  ['bert', reviews.shape, { layers: 2, heads: 2, width: 8, context: 8, dropout: 0, pretrainingSteps: 1 }],
];

/** Loss and gradients of a program at any weights. */
async function openLoss({ graph, inputs, loss }: Program) {
  const slopes = gradients(loss, graph.parameters);
  const outputs = Object.fromEntries([
    ['loss', loss],
    ...graph.parameters.map(({ name }, i) => [`d ${name}`, slopes[i]!] as const),
  ]);
  return openSession(toOnnx(graph, { inputs, outputs }), { threads: 1, optimization: 'disabled' });
}

test.each(cases)(
  'the whole gradient of %s (%o, %o) is that of finite differences',
  async (name, shape, settings) => {
    const algorithm = algorithmNamed(name);
    if (algorithm.learning !== 'descent') throw new Error(`${name} has no gradient`);
    const config = parseConfig(algorithm, settings);
    const stages = algorithm.pretraining === undefined ? [algorithm] : [algorithm, algorithm.pretraining];
    for (const stage of stages) {
      const feeds = stage.feeds(config, shape, examplesOf(shape), firstRows(ROWS), random.fork(name));
      await expectTrueGradient(stage.program(config, shape, ROWS), feeds);
    }
  },
);

/** What is added to every key alike is the same for all scores of a query, and softmax does not see it. */
const isIdle = (parameter: string): boolean => parameter.endsWith('.key.bias');

async function expectTrueGradient(program: Program, feeds: Feeds): Promise<void> {
  const fed = Object.fromEntries(
    program.inputs.map(({ name, dtype, shape }) => [
      name,
      { dtype, shape: shape as number[], data: feeds[name]! },
    ]),
  );
  // Off the starting point: zeros and ones hide mistakes.
  const weights = new Map<string, TensorData>(
    program.graph.parameters.map(({ name, shape, initial }) => [
      name,
      { dtype: 'float32', shape, data: initial(random.fork(name)).map((w) => w + 0.3 * random.normal()) },
    ]),
  );
  const session = await openLoss(program);
  const run = async (changed: ReadonlyMap<string, TensorData>) =>
    session.run({ ...fed, ...Object.fromEntries(weights), ...Object.fromEntries(changed) });
  const lossAlong = async (name: string, direction: Float32Array, length: number): Promise<number> => {
    const at = weights.get(name)!;
    const moved = { ...at, data: (at.data as Float32Array).map((w, i) => w + length * direction[i]!) };
    return (await run(new Map([[name, moved]]))).loss!.data[0] as number;
  };

  const analytic = await run(new Map());
  for (const { name, shape } of program.graph.parameters) {
    const slope = analytic[`d ${name}`]!.data as Float32Array;
    const norm = Math.hypot(...slope);
    if (isIdle(name)) {
      expect(norm, name).toBeLessThan(1e-5);
      continue;
    }
    expect(norm, name).toBeGreaterThan(1e-6);
    // Along its own gradient, and along a random direction which sees errors at right angles to it.
    const along = slope.map((s) => s / norm);
    const any = noise(shape.reduce((product, dim) => product * dim, 1));
    const length = Math.hypot(...any);
    for (const direction of [along, any.map((v) => v / length)]) {
      const expected = direction.reduce((sum, d, i) => sum + d * slope[i]!, 0);
      // A long step may cross the corner of a relu, a short one drowns in rounding: one of them must agree.
      const errors: number[] = [];
      for (const step of [1e-2, 3e-3, 1e-3]) {
        const rise = (await lossAlong(name, direction, step)) - (await lossAlong(name, direction, -step));
        errors.push(Math.abs(rise / (2 * step) - expected));
      }
      expect(Math.min(...errors), name).toBeLessThan(0.005 * norm + 5e-4);
    }
  }
  await session.close();
}
