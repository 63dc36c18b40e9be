import {
  createGraph,
  createRandom,
  gradients,
  mul,
  openSession,
  reduceSum,
  type TensorData,
  tensorData,
  toOnnx,
} from '@banyan/engine';
import { expect, test } from 'vitest';
import type { DataShape, Split, TrainedModel } from '../algorithm.ts';
import { answersOf } from '../fit/evaluate.ts';
import { eventsOf, train } from '../testing/drain.ts';
import { parseConfig } from './catalogue.ts';
import { read, rnn } from './rnn.ts';

const [ROWS, STEPS, FEATURES, HIDDEN] = [4, 5, 2, 3];
const random = createRandom('windows');
const shape: DataShape = { kind: 'sequence', task: 'regression', shape: [STEPS, FEATURES] };
const windows: Split = {
  rows: ROWS,
  shape: [STEPS, FEATURES],
  x: Float32Array.from({ length: ROWS * STEPS * FEATURES }, () => random.normal()),
  y: Float32Array.from({ length: ROWS }, () => random.normal()),
};

/** Every window from its end to its start. */
const reversed = ({ x, ...rest }: Split): Split => {
  const turned = x.map((_, i) => {
    const [row, step, feature] = [
      Math.floor(i / (STEPS * FEATURES)),
      Math.floor(i / FEATURES) % STEPS,
      i % FEATURES,
    ];
    return x[(row * STEPS + STEPS - 1 - step) * FEATURES + feature]!;
  });
  return { ...rest, x: turned };
};

const twin = (name: string): string =>
  name.includes('.backward') ? name.replace('.backward', '') : name.replace(/^(layers\.\d+)/, '$1.backward');

/** Weights that are applied to the states of both directions: the head to their rows, U to their columns. */
const readsBoth = (name: string): boolean => name === 'head.weight' || /^layers\.[1-9].*\.U$/.test(name);

/** The halves of the weights that read the two directions exchanged: rows of the head [2 H, O], columns of U. */
function swapHalves(name: string, tensor: TensorData): TensorData {
  const width = name === 'head.weight' ? tensor.data.length : tensor.shape[1]!;
  const swapped = (tensor.data as Float32Array).map((_, i, data) => {
    const column = i % width;
    return data[i - column + ((column + width / 2) % width)]!;
  });
  return { ...tensor, data: swapped };
}

/** The weights of the two directions exchanged. */
const exchanged = ({ tensors, ...rest }: TrainedModel): TrainedModel => ({
  ...rest,
  tensors: new Map(
    [...tensors].map(([name, tensor]) => [twin(name), readsBoth(name) ? swapHalves(name, tensor) : tensor]),
  ),
});

test.each(['simple', 'gru', 'lstm'])(
  'a bidirectional %s network with its directions exchanged says the same of reversed windows',
  async (cell) => {
    const config = parseConfig(rnn, { cell, hidden: HIDDEN, layers: 2, bidirectional: true, epochs: 3 });
    const data = { shape, train: windows, valid: { ...windows, rows: 0 } };
    const { model } = await train('rnn', config, data);
    const value = (await answersOf(model, windows)).value!;
    const turned = (await answersOf(model, reversed(windows))).value!;
    const again = (await answersOf(exchanged(model), reversed(windows))).value!;
    for (let row = 0; row < ROWS; row++) {
      expect(again[row]).toBeCloseTo(value[row]!, 5);
      expect(Math.abs(turned[row]! - value[row]!)).toBeGreaterThan(1e-4);
    }
  },
);

/** The state after all was read, and the gradients of the weights, of the same random network and windows. */
async function readOnce(cell: string, mostUnrolled: number) {
  const config = rnn.config.parse({ cell, hidden: 4, layers: 2, bidirectional: true }) as Parameters<
    typeof read
  >[0];
  const graph = createGraph();
  const x = graph.input('x', 'float32', [3, 9, 2]);
  const state = read(config, x, mostUnrolled);
  const slopes = gradients(reduceSum(mul(state, state)), graph.parameters);
  const random = createRandom('scan');
  const initializers = new Map(
    graph.parameters.map((p) => [p.name, tensorData('float32', p.shape, p.initial(random.fork(p.name)))]),
  );
  const outputs = {
    state,
    ...Object.fromEntries(graph.parameters.map(({ name }, i) => [`d${name}`, slopes[i]!])),
  };
  const session = await openSession(toOnnx(graph, { inputs: [x], outputs, initializers }), { threads: 1 });
  const fed = tensorData(
    'float32',
    [3, 9, 2],
    Float32Array.from({ length: 54 }, () => random.normal()),
  );
  const results = await session.run({ x: fed });
  await session.close();
  return { results, scans: graph.nodes.filter(({ type }) => type === 'Scan').length };
}

test.each(['simple', 'gru', 'lstm'])(
  'as a scan, a %s network computes what it does unrolled',
  async (cell) => {
    const [unrolled, scanned] = [await readOnce(cell, 1000), await readOnce(cell, 0)];
    expect([unrolled.scans, scanned.scans > 0]).toEqual([0, true]);
    for (const [name, { data }] of Object.entries(unrolled.results))
      for (const [i, value] of (data as Float32Array).entries())
        expect(Number(scanned.results[name]!.data[i]), `${name}[${i}]`).toBeCloseTo(value, 5);
  },
);

test('a sequence of 2,000 steps trains and is evaluated', async () => {
  const length = 2000;
  const shape: DataShape = { kind: 'sequence', task: 'regression', shape: [length, 1] };
  // The target is the first value, which an LSTM has to carry to the end.
  const x = Float32Array.from({ length: 8 * length }, (_, i) => (i % length === 0 ? random.normal() : 0));
  const y = Float32Array.from({ length: 8 }, (_, row) => x[row * length]!);
  const long: Split = { rows: 8, shape: [length, 1], x, y };
  const { events } = await train(
    'rnn',
    { cell: 'lstm', hidden: 4, epochs: 3, batchSize: 8 },
    {
      shape,
      train: long,
      valid: long,
    },
  );
  expect(eventsOf(events, 'step').map(({ loss }) => Number.isFinite(loss))).toEqual([true, true, true]);
  expect(eventsOf(events, 'valid')).toHaveLength(3);
});
