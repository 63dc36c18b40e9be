import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import type { EngineError } from '../error.ts';
import { fill, normal, uniform } from '../initializers.ts';
import { linear } from '../layers/dense.ts';
import { meanSquaredError } from '../layers/losses.ts';
import { cast, log, matmul, mul, reduceMean, reduceSum, relu, sigmoid, sizeOf, sqrt } from '../operators.ts';
import { createRandom, restoreRandom } from '../random.ts';
import { tinyProgram, trainTiny } from './tiny.ts';
import { createTrainer, type Trainer, type TrainerOptions } from './trainer.ts';

const adamw: TrainerOptions = {
  optimizer: { kind: 'adamw', learningRate: 0.01 },
  schedule: { kind: 'cosine', warmupSteps: 5, totalSteps: 40, minimumFraction: 0.1 },
  clipNorm: 0.5,
  seed: 7,
};

const weights = (trainer: Trainer) =>
  [...trainer.parameters()].map(([name, { data }]) => [name, data] as const);

test.each<[string, TrainerOptions]>([
  ['adamw, cosine, clipped', adamw],
  ['adam', { optimizer: { kind: 'adam', learningRate: 0.01, weightDecay: 0.1 }, seed: 1 }],
  ['sgd with momentum', { optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0.9 }, seed: 1 }],
  [
    'sgd, nesterov, groups, clipped by value',
    {
      optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true },
      groups: [{ match: /^b/, rateFactor: 2, weightDecay: 0.1 }],
      clipValue: 0.05,
      seed: 1,
    },
  ],
  [
    'lion, averaged',
    { optimizer: { kind: 'lion', learningRate: 0.003 }, averaging: { decay: 0.95 }, seed: 1 },
  ],
  [
    'muon, averaged, warm-up and decay, partly frozen',
    {
      optimizer: { kind: 'muon', learningRate: 0.02 },
      schedule: { kind: 'warmup-stable-decay', warmupSteps: 5, totalSteps: 40, decaySteps: 20 },
      averaging: { decay: 0.9, warmup: false },
      trainable: (name) => name !== 'b1',
      seed: 'frozen alike',
    },
  ],
])(
  '20 steps, a checkpoint and 20 steps of another trainer are 40 steps, to the bit: %s',
  async (_, options) => {
    const straight = await createTrainer(tinyProgram(), options);
    await trainTiny(straight, createRandom('data'), 40);

    const first = await createTrainer(tinyProgram(), options);
    const random = createRandom('data');
    await trainTiny(first, random, 20);
    const bytes = first.checkpoint({ random: random.state() });
    await first.close();

    const seed = options.trainable === undefined ? 'another' : options.seed;
    const second = await createTrainer(tinyProgram(), { ...options, seed });
    const extra = second.restore(bytes) as { random: string };
    await trainTiny(second, restoreRandom(extra.random), 20);
    expect(weights(second)).toEqual(weights(straight));
    if (options.averaging !== undefined) {
      expect(second.averaged()).toEqual(straight.averaged());
      expect(second.averaged()).not.toEqual(straight.parameters());
    }
    expect(second.checkpoint('x')).toEqual(straight.checkpoint('x'));
    await second.close();
    await straight.close();
  },
);

test('another process computes the same bits', async () => {
  const here = await createTrainer(tinyProgram(), adamw);
  await trainTiny(here, createRandom('data'), 10);
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import { createTrainer } from ${JSON.stringify(new URL('./trainer.ts', import.meta.url).href)};
     import { createRandom } from ${JSON.stringify(new URL('../random.ts', import.meta.url).href)};
     import { tinyProgram, trainTiny } from ${JSON.stringify(new URL('./tiny.ts', import.meta.url).href)};
     const trainer = await createTrainer(tinyProgram(), ${JSON.stringify(adamw)});
     await trainTiny(trainer, createRandom('data'), 10);
     process.stdout.write(Buffer.from(trainer.checkpoint()).toString('base64'));`,
  ]);
  expect(stdout).toBe(Buffer.from(here.checkpoint()).toString('base64'));
  await here.close();
});

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('training learns, and reports what it did', async () => {
  const trainer = await createTrainer(tinyProgram(), {
    ...adamw,
    schedule: { kind: 'constant', warmupSteps: 4 },
  });
  const losses = await trainTiny(trainer, createRandom('data'), 300);
  expect(mean(losses.slice(-50))).toBeLessThan(0.3 * mean(losses.slice(0, 5)));
  const x = Float32Array.from({ length: 80 }, (_, i) => Number(i % 5 === 2) * 3);
  const result = await trainer.step({ x, y: new Int32Array(16).fill(2) });
  expect(result).toMatchObject({ step: 301, learningRate: 0.01, measures: { accuracy: 1 } });
  expect(result.gradientNorm).toBeGreaterThan(0);
  await trainer.close();
});

test.each<[TrainerOptions['optimizer']['kind'], number]>([
  ['sgd', 0.3],
  ['adam', 0.01],
  ['lion', 0.003],
  ['muon', 0.01],
])('%s learns', async (kind, learningRate) => {
  const trainer = await createTrainer(tinyProgram(), { optimizer: { kind, learningRate }, seed: 7 });
  const losses = await trainTiny(trainer, createRandom('data'), 200);
  expect(mean(losses.slice(-50))).toBeLessThan(0.5 * mean(losses.slice(0, 5)));
  await trainer.close();
});

/** y = w x with loss mean((w x - t)^2) from w = 1: gradients known by hand. */
async function lineTrainer(options: Partial<TrainerOptions>): Promise<Trainer> {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N', 1]);
  const w = graph.parameter('w', [1, 1], fill(1));
  const program = { graph, inputs: [x], loss: reduceSum(matmul(x, w)), measures: {} };
  return createTrainer(program, { optimizer: { kind: 'sgd', learningRate: 0.1 }, seed: 0, ...options });
}
const averageOf = (trainer: Trainer): number => Number(trainer.averaged().get('w')?.data[0]);
const weightOf = (trainer: Trainer): number => Number(trainer.parameters().get('w')?.data[0]);

test.each<[string, Partial<TrainerOptions>, (g: number) => number]>([
  ['sgd', {}, (g) => 1 - 0.1 * g],
  [
    'sgd with decay',
    { optimizer: { kind: 'sgd', learningRate: 0.1, weightDecay: 0.5 } },
    (g) => 1 - 0.1 * (g + 0.5),
  ],
  ['clipping', { clipNorm: 2 }, () => 1 - 0.1 * 2],
  ['clipping by value', { clipValue: 2.5 }, () => 1 - 0.1 * 2.5],
  ['clipping by value, then by norm', { clipValue: 4, clipNorm: 3 }, () => 1 - 0.1 * 3],
  ['a group of another rate', { groups: [{ match: 'w', rateFactor: 0.1 }] }, (g) => 1 - 0.01 * g],
  [
    'nesterov',
    { optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0.5, nesterov: true } },
    (g) => 1 - 0.15 * g,
  ],
  ['lion', { optimizer: { kind: 'lion', learningRate: 0.1, weightDecay: 0.5 } }, () => 1 - 0.1 * 0.5 - 0.1],
  ['no need to clip', { clipNorm: 100 }, (g) => 1 - 0.1 * g],
  ['adam', { optimizer: { kind: 'adam', learningRate: 0.1 } }, () => 0.9],
  ['adamw', { optimizer: { kind: 'adamw', learningRate: 0.1, weightDecay: 0.5 } }, () => 1 - 0.1 * 0.5 - 0.1],
  ['warm-up', { schedule: { kind: 'constant', warmupSteps: 4 } }, (g) => 1 - (0.1 / 4) * g],
])('the first update of %s is the formula', async (_, options, expected) => {
  const trainer = await lineTrainer(options);
  const { gradientNorm } = await trainer.step({ x: Float32Array.of(1, 2, 3) });
  expect(gradientNorm).toBe(6);
  expect(weightOf(trainer)).toBeCloseTo(expected(6), 6);
  await trainer.close();
});

test('a batch dimension left open takes any number of rows', async () => {
  const trainer = await lineTrainer({});
  await trainer.step({ x: Float32Array.of(1) });
  await trainer.step({ x: Float32Array.of(1, 1) });
  expect(weightOf(trainer)).toBeCloseTo(1 - 0.1 - 0.2, 6);
  await trainer.close();
});

/** About half of all starts end in the known local minima of this network; the seed picks one that does not. */
test('a 2-2-1 network learns XOR', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [4, 2]);
  const t = graph.input('t', 'float32', [4, 1]);
  const layer = (input: typeof x, name: string, shape: [number, number]) =>
    sigmoid(
      linear(
        input,
        graph.parameter(`w${name}`, shape, normal(1)),
        graph.parameter(`b${name}`, [shape[1]], fill(0)),
      ),
    );
  const y = layer(layer(x, '1', [2, 2]), '2', [2, 1]);
  const program = { graph, inputs: [x, t], loss: meanSquaredError(y, t), measures: {} };
  const trainer = await createTrainer(program, { optimizer: { kind: 'adam', learningRate: 0.1 }, seed: 5 });
  const batch = { x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), t: Float32Array.of(0, 1, 1, 0) };
  let loss = 1;
  for (let step = 0; step < 1500 && loss >= 0.01; step++) loss = (await trainer.step(batch)).loss;
  expect(loss).toBeLessThan(0.01);
  await trainer.close();
});

test('a loss that is not finite stops training before the update, naming step and origin', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [2, 2]);
  const loss = reduceMean(log(relu(mul(x, graph.parameter('w', [2, 2], uniform(0.5))))));
  const options: TrainerOptions = { optimizer: { kind: 'sgd', learningRate: 0.1 }, seed: 4 };
  const trainer = await createTrainer({ graph, inputs: [x], loss, measures: {} }, options);
  const before = weights(trainer);
  const error = await trainer.step({ x: new Float32Array(4) }).catch((error: EngineError) => error);
  expect(error).toMatchObject({ code: 'not-finite', operator: 'Log', layer: 'w' });
  expect((error as Error).message).toMatch(
    /^step 1: the loss is -Infinity.*Log_\d+ = Log\(Relu_\d+\) \[0\] = -Infinity, in the layer of w$/,
  );
  await expect(trainer.step({ x: Float32Array.of(1, Number.NaN, 1, 1) })).rejects.toThrow(
    /not finite: x \[1\] = NaN$/,
  );
  expect(weights(trainer)).toEqual(before);
  await trainer.close();
});

test('a gradient that is not finite names the layer it came through', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [1, 2]);
  const inner = matmul(x, graph.parameter('inner', [2, 2], fill(1)));
  // sqrt has the slope infinity at 0, where its value is finite.
  const loss = reduceSum(matmul(sqrt(inner), graph.parameter('outer', [2, 1], fill(1))));
  const trainer = await createTrainer({ graph, inputs: [x], loss, measures: {} }, adamw);
  const error = await trainer.step({ x: new Float32Array(2) }).catch((error: EngineError) => error);
  expect(error).toMatchObject({ code: 'not-finite', operator: 'Div', layer: 'outer' });
  await trainer.close();
});

/** The mean of x w over the rows, which are counted, so that batches of different sizes weigh as they should. */
async function lineOf(options: TrainerOptions): Promise<Trainer> {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N', 1]);
  const loss = reduceMean(matmul(x, graph.parameter('w', [1, 1], fill(1))));
  const weight = cast(sizeOf(x), 'float32');
  return createTrainer({ graph, inputs: [x], loss, weight, measures: { size: reduceMean(x) } }, options);
}

test('several batches make one step as if they were one', async () => {
  const options: TrainerOptions = { ...adamw, accumulate: true, averaging: { decay: 0.9 } };
  const [whole, parts] = [await lineOf(options), await lineOf(options)];
  const x = Float32Array.of(1, 2, 3, 4, 5, 6);
  for (let step = 0; step < 3; step++) {
    const one = await whole.step({ x });
    const four = await parts.step([{ x: x.slice(0, 1) }, { x: x.slice(1, 3) }, { x: x.slice(3) }]);
    for (const key of ['loss', 'gradientNorm', 'learningRate'] as const)
      expect(four[key]).toBeCloseTo(one[key], 5);
    expect(four.measures.size).toBeCloseTo(one.measures.size ?? 0, 5);
  }
  expect(weightOf(parts)).toBeCloseTo(weightOf(whole), 6);
  expect(averageOf(parts)).toBeCloseTo(averageOf(whole), 6);
  await expect(parts.step([])).rejects.toThrow('a step takes one batch, or several');
  await expect(parts.step([{ x }, { x: x.with(4, Number.NaN) }])).rejects.toThrow(
    /not finite: x \[4\] = NaN/,
  );
  await whole.close();
  await parts.close();

  const single = await lineTrainer({});
  await expect(single.step([{ x }, { x }])).rejects.toThrow('several with accumulate, not 2');
  await single.close();
});

test('without a weight, batches count alike', async () => {
  const trainer = await lineTrainer({ accumulate: true });
  const { loss } = await trainer.step([{ x: Float32Array.of(1) }, { x: Float32Array.of(2, 3) }]);
  expect(loss).toBe(3);
  expect(weightOf(trainer)).toBeCloseTo(1 - 0.1 * 3, 6);
  await trainer.close();
});

test('an average follows the parameters, faster at first', async () => {
  const [fixed, warm] = [
    await lineTrainer({ averaging: { decay: 0.9, warmup: false } }),
    await lineTrainer({ averaging: { decay: 0.9 } }),
  ];
  for (const trainer of [fixed, warm]) await trainer.step({ x: Float32Array.of(1) });
  expect(averageOf(fixed)).toBeCloseTo(0.9 * 1 + 0.1 * 0.9, 6);
  expect(averageOf(warm)).toBeCloseTo((2 / 11) * 1 + (9 / 11) * 0.9, 6);
  for (const trainer of [fixed, warm]) await trainer.close();

  const plain = await lineTrainer({});
  expect(() => plain.averaged()).toThrow('need the option averaging');
  await plain.close();
  await expect(lineTrainer({ averaging: { decay: 1 } })).rejects.toThrow('must lie in [0, 1), not 1');
});

test('frozen parameters must be the same for a run to go on', async () => {
  const options: TrainerOptions = { ...adamw, trainable: (name) => name !== 'w1' };
  const first = await createTrainer(tinyProgram(), options);
  const bytes = first.checkpoint();
  const second = await createTrainer(tinyProgram(), { ...options, seed: 8 });
  expect(() => second.restore(bytes)).toThrow(/trained with frozen "[0-9a-f]+", this run has "[0-9a-f]+"/);
  await first.close();
  await second.close();
});

test.each<[Partial<TrainerOptions>, string]>([
  [{ clipNorm: 0 }, 'clipNorm must be above 0, not 0'],
  [{ clipValue: -1 }, 'clipValue must be above 0, not -1'],
])('%j is refused', async (options, message) => {
  await expect(lineTrainer(options)).rejects.toThrow(message);
});

test('what does not fit is refused by name', async () => {
  const trainer = await createTrainer(tinyProgram(), adamw);
  const [x, y] = [new Float32Array(80), new Int32Array(16)];
  await expect(trainer.step({ x })).rejects.toThrow('the batch lacks y');
  await expect(trainer.step({ x, y: new Float32Array(16) })).rejects.toThrow(
    'y is int32; the batch has a Float32Array',
  );
  await expect(trainer.step({ x: new Float32Array(81), y })).rejects.toThrow(
    '81 elements do not fill x [16, 5]',
  );
  const line = await lineTrainer({});
  expect(() => trainer.restore(line.checkpoint())).toThrow(
    /the checkpoint was trained with optimizer .*sgd.*, this run has .*adamw/,
  );
  expect(() => trainer.restore(new Uint8Array(99))).toThrow('safetensors');
  await expect(createTrainer(tinyProgram(), { ...adamw, schedule: { kind: 'cosine' } })).rejects.toThrow(
    'totalSteps',
  );
  const program = tinyProgram();
  program.graph.parameter('idle', [2], fill(0));
  await expect(createTrainer(program, adamw)).rejects.toThrow('does not depend on idle');
  await trainer.close();
  await line.close();
});
