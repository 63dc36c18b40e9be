/** The steps of training beside PyTorch's own optimisers, schedules, clipping, averages and smoothing, and beside peft. */
import {
  adaptProgram,
  createGraph,
  createRandom,
  createTrainer,
  initializers,
  linear,
  type Program,
  softmaxCrossEntropy,
  type Tensor,
  type TensorData,
  type Trainer,
  type TrainerOptions,
  tanh,
} from '@banyan/engine';
import { afterAll, expect, test } from 'vitest';
import { openPython } from './python.ts';

const python = await openPython('training.py');
afterAll(() => python.close());

const STEPS = 20;
const ROWS = 8;
/** Two hidden matrices, one wide and one tall, and the last. */
const WIDTHS = [12, 17, 9, 5] as const;

function classifier(rows: number, smoothing = 0): Program {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [rows, WIDTHS[0]]);
  const y = graph.input('y', 'int32', [rows]);
  const { normal } = initializers;
  let h: Tensor = x;
  for (const [layer, width] of WIDTHS.slice(1).entries()) {
    const weights = graph.parameter(`layers.${layer}.weight`, [WIDTHS[layer] ?? 0, width], normal(0.5));
    h = linear(h, weights, graph.parameter(`layers.${layer}.bias`, [width], normal(0.1)));
    if (layer < WIDTHS.length - 2) h = tanh(h);
  }
  return { graph, inputs: [x, y], loss: softmaxCrossEntropy(h, y, { smoothing }), measures: {} };
}

const random = createRandom('batches');
const batches = Array.from({ length: STEPS }, () => ({
  x: Float32Array.from({ length: ROWS * WIDTHS[0] }, () => random.normal()),
  y: Int32Array.from({ length: ROWS }, () => random.integer(WIDTHS[3])),
}));

/** Numbers as nested lists. */
function rowsOf({ shape, data }: Pick<TensorData, 'shape' | 'data'>): unknown[] {
  const flat = Array.from(data as Float32Array);
  const width = shape[1];
  if (width === undefined) return flat;
  return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

const listed = (tensors: Iterable<[string, TensorData]>): Record<string, unknown[]> =>
  Object.fromEntries(Array.from(tensors, ([name, tensor]) => [name, rowsOf(tensor)]));

const given = batches.map(({ x, y }) => ({
  x: rowsOf({ shape: [ROWS, WIDTHS[0]], data: x }),
  y: Array.from(y),
}));

interface Learned {
  losses: number[];
  parameters: Record<string, number[]>;
}

function expectSame(losses: number[], tensors: Map<string, TensorData>, theirs: Learned): void {
  for (const [step, loss] of theirs.losses.entries()) expect(losses[step]).toBeCloseTo(loss, 4);
  for (const [name, values] of Object.entries(theirs.parameters)) {
    const ours = tensors.get(name.replace(/^layers_(\d)_/, 'layers.$1.'));
    const apart = values.map((value, i) => Math.abs(value - Number(ours?.data[i])));
    expect(Math.max(...apart), name).toBeLessThan(5e-5);
  }
}

const lossesOf = async (trainer: Trainer, parts: (batch: (typeof batches)[0]) => (typeof batches)[0][]) => {
  const losses: number[] = [];
  for (const batch of batches) losses.push((await trainer.step(parts(batch))).loss);
  return losses;
};

const clipping = { value: 0.03, norm: 0.1 };

test.each<[string, Omit<TrainerOptions, 'seed'>, Record<string, unknown>]>([
  [
    'SGD with momentum, rate falling by a factor',
    {
      optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
      schedule: { kind: 'exponential', factor: 0.5, everySteps: 6 },
    },
    {
      kind: 'SGD',
      options: { lr: 0.1, momentum: 0.9 },
      weight_decay: 0.01,
      schedule: ['StepLR', { step_size: 6, gamma: 0.5 }],
    },
  ],
  [
    'SGD looking ahead, clipped by value and by norm',
    {
      optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true },
      clipValue: clipping.value,
      clipNorm: clipping.norm,
    },
    { kind: 'SGD', options: { lr: 0.1, momentum: 0.9, nesterov: true }, clipping },
  ],
  [
    'Adam, averaged',
    { optimizer: { kind: 'adam', learningRate: 0.01 }, averaging: { decay: 0.8, warmup: false } },
    { kind: 'Adam', options: { lr: 0.01 }, decay: 0.8 },
  ],
  [
    'AdamW along a cosine',
    {
      optimizer: { kind: 'adamw', learningRate: 0.01, weightDecay: 0.1 },
      schedule: { kind: 'cosine', totalSteps: STEPS, minimumFraction: 0.1 },
    },
    {
      kind: 'AdamW',
      options: { lr: 0.01 },
      weight_decay: 0.1,
      schedule: ['CosineAnnealingLR', { T_max: STEPS, eta_min: 0.001 }],
      ahead: 1,
    },
  ],
  [
    'AdamW with restarts',
    {
      optimizer: { kind: 'adamw', learningRate: 0.01, weightDecay: 0 },
      schedule: { kind: 'cosine-restarts', cycleSteps: 4, cycleGrowth: 2 },
    },
    {
      kind: 'AdamW',
      options: { lr: 0.01 },
      schedule: ['CosineAnnealingWarmRestarts', { T_0: 4, T_mult: 2 }],
    },
  ],
  [
    'Lion along a line',
    {
      optimizer: { kind: 'lion', learningRate: 0.003, weightDecay: 0.1 },
      schedule: { kind: 'linear', totalSteps: STEPS, minimumFraction: 0.1 },
    },
    {
      kind: 'Lion',
      options: { lr: 0.003 },
      weight_decay: 0.1,
      schedule: ['LinearLR', { start_factor: 1, end_factor: 0.1, total_iters: STEPS }],
      ahead: 1,
    },
  ],
  [
    'Muon',
    { optimizer: { kind: 'muon', learningRate: 0.01 } },
    { kind: 'Muon', options: { lr: 0.01 }, weight_decay: 0.1 },
  ],
])('%s takes the steps of PyTorch', async (_, options, theirs) => {
  const trainer = await createTrainer(classifier(ROWS), { ...options, seed: 1, threads: 1 });
  const parameters = listed(trainer.parameters());
  const losses = await lossesOf(trainer, (batch) => [batch]);
  const learned = options.averaging === undefined ? trainer.parameters() : trainer.averaged();
  expectSame(losses, learned, await python.ask('train', { parameters, batches: given, ...theirs }));
  await trainer.close();
});

test('a batch in parts, with smoothed labels, takes the steps of the whole one in PyTorch', async () => {
  const optimizer = { kind: 'sgd', learningRate: 0.2 } as const;
  const parts = 4;
  const rows = ROWS / parts;
  const program = classifier(rows, 0.1);
  const trainer = await createTrainer(program, { optimizer, accumulate: true, seed: 1, threads: 1 });
  const parameters = listed(trainer.parameters());
  const losses = await lossesOf(trainer, ({ x, y }) =>
    Array.from({ length: parts }, (_, part) => ({
      x: x.subarray(part * rows * WIDTHS[0], (part + 1) * rows * WIDTHS[0]),
      y: y.subarray(part * rows, (part + 1) * rows),
    })),
  );
  const theirs = { kind: 'SGD', options: { lr: 0.2 }, smoothing: 0.1 };
  expectSame(
    losses,
    trainer.parameters(),
    await python.ask('train', { parameters, batches: given, ...theirs }),
  );
  await trainer.close();
});

test('adapters learn as those of peft', async () => {
  const { program, trainable } = adaptProgram(classifier(ROWS), { rank: 3, alpha: 12 });
  const trainer = await createTrainer(program, {
    optimizer: { kind: 'adamw', learningRate: 0.01, weightDecay: 0 },
    seed: 1,
    threads: 1,
    trainable,
  });
  const first = [...trainer.parameters()];
  const adapters = first.filter(([name]) => trainable(name));
  expect(adapters).toHaveLength(4);
  const losses = await lossesOf(trainer, (batch) => [batch]);
  const theirs = await python.ask<Learned>('adapt', {
    parameters: listed(first.filter(([name]) => !trainable(name))),
    adapters: listed(adapters),
    batches: given,
    rank: 3,
    alpha: 12,
    lr: 0.01,
  });
  expect(theirs.losses.at(-1)).not.toBeCloseTo(theirs.losses[0]!, 2);
  expectSame(losses, trainer.parameters(), theirs);
  await trainer.close();
});
