import { createRandom, type TensorData } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { DataShape, Split, TrainedModel } from '../algorithm.ts';
import { answersOf } from '../fit/evaluate.ts';
import { train } from '../testing/drain.ts';
import { parseConfig } from './catalogue.ts';
import { rnn } from './rnn.ts';

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
