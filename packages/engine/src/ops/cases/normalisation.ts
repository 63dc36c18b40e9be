import {
  add,
  batchNormalization,
  batchNormalizationOfBatch,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  logSoftmax,
  lpNormalization,
  lrn,
  mul,
  rmsNormalization,
  softmax,
} from '../../operators.ts';
import { type Case, type Elements, sum } from './case.ts';

const normaliser = (x: Elements, i: number, n: number): number => sum(n, (k) => Math.exp(x(i, k)));

function moments(n: number, element: (k: number) => number): { mean: number; variance: number } {
  const mean = sum(n, element) / n;
  return { mean, variance: sum(n, (k) => (element(k) - mean) ** 2) / n };
}

export const normalisation = {
  Softmax: [
    {
      inputs: [[2, 3]],
      build: (x) => softmax(x),
      reference: (x) => (i, j) => Math.exp(x(i, j)) / normaliser(x, i, 3),
    },
    {
      inputs: [[3, 2]],
      build: (x) => softmax(x, 0),
      reference: (x) => (i, j) => Math.exp(x(i, j)) / sum(3, (k) => Math.exp(x(k, j))),
    },
  ],
  LogSoftmax: [
    {
      inputs: [[2, 3]],
      build: (x) => logSoftmax(x),
      reference: (x) => (i, j) => x(i, j) - Math.log(normaliser(x, i, 3)),
    },
  ],
  LayerNormalization: [
    {
      inputs: [[2, 2, 4], [4], [4]],
      build: (x, scale, bias) => layerNormalization(x, scale, bias),
      reference: (x, scale, bias) => (n, i, j) => {
        const { mean, variance } = moments(4, (k) => x(n, i, k));
        return ((x(n, i, j) - mean) / Math.sqrt(variance + 1e-5)) * scale(j) + bias(j);
      },
    },
    {
      inputs: [
        [2, 2, 3],
        [2, 3],
      ],
      build: (x, scale) => layerNormalization(x, scale, undefined, 1e-3, 1),
      reference: (x, scale) => (n, i, j) => {
        const { mean, variance } = moments(6, (k) => x(n, Math.floor(k / 3), k % 3));
        return ((x(n, i, j) - mean) / Math.sqrt(variance + 1e-3)) * scale(i, j);
      },
    },
  ],
  RMSNormalization: [
    {
      inputs: [[2, 2, 4], [4]],
      build: (x, scale) => rmsNormalization(x, scale),
      reference: (x, scale) => (n, i, j) =>
        (x(n, i, j) / Math.sqrt(sum(4, (k) => x(n, i, k) ** 2) / 4 + 1e-5)) * scale(j),
    },
  ],
  BatchNormalization: [
    {
      inputs: [[2, 3, 2, 2], [3], [3], [3], [3]],
      build: (x, scale, bias, mean, variance) =>
        batchNormalization(x, scale, bias, mean, mul(variance, variance), 0.1),
      reference: (x, scale, bias, mean, root) => (n, c, i, j) =>
        ((x(n, c, i, j) - mean(c)) / Math.sqrt(root(c) ** 2 + 0.1)) * scale(c) + bias(c),
    },
    {
      inputs: [[3, 2, 2], [2], [2]],
      build: (x, scale, bias) => batchNormalizationOfBatch(x, scale, bias).y,
      reference: (x, scale, bias) => (n, c, i) => {
        const { mean, variance } = moments(6, (k) => x(Math.floor(k / 2), c, k % 2));
        return ((x(n, c, i) - mean) / Math.sqrt(variance + 1e-5)) * scale(c) + bias(c);
      },
    },
    {
      inputs: [[3, 2, 2]],
      build(x) {
        const ones = x.graph.constant([1, 1]);
        const { mean, variance } = batchNormalizationOfBatch(x, ones, ones);
        return add(mul(mean, 3), variance);
      },
      reference: (x) => (c) => {
        const { mean, variance } = moments(6, (k) => x(Math.floor(k / 2), c, k % 2));
        return 3 * mean + variance;
      },
    },
  ],
  InstanceNormalization: [
    {
      inputs: [[2, 2, 3], [2], [2]],
      build: (x, scale, bias) => instanceNormalization(x, scale, bias),
      reference: (x, scale, bias) => (n, c, i) => {
        const { mean, variance } = moments(3, (k) => x(n, c, k));
        return ((x(n, c, i) - mean) / Math.sqrt(variance + 1e-5)) * scale(c) + bias(c);
      },
    },
    {
      inputs: [[2, 4, 3], [4], [4]],
      build: (x, scale, bias) => groupNormalization(x, 2, scale, bias),
      reference: (x, scale, bias) => (n, c, i) => {
        const first = c < 2 ? 0 : 2;
        const { mean, variance } = moments(6, (k) => x(n, first + Math.floor(k / 3), k % 3));
        return ((x(n, c, i) - mean) / Math.sqrt(variance + 1e-5)) * scale(c) + bias(c);
      },
    },
  ],
  LRN: [
    {
      inputs: [[2, 4, 1, 2]],
      build: (x) => lrn(x, 3, { alpha: 0.3, beta: 0.6, bias: 1.5 }),
      reference: (x) => (n, c, i, j) => {
        const squares = sum(3, (k) => (c + k >= 1 && c + k < 5 ? x(n, c + k - 1, i, j) ** 2 : 0));
        return x(n, c, i, j) / (1.5 + 0.1 * squares) ** 0.6;
      },
    },
  ],
  LpNormalization: [
    {
      inputs: [[2, 3]],
      build: (x) => lpNormalization(x),
      reference: (x) => (i, j) => x(i, j) / Math.hypot(x(i, 0), x(i, 1), x(i, 2)),
    },
    {
      inputs: [[2, 3]],
      build: (x) => lpNormalization(x, 1, 0),
      reference: (x) => (i, j) => x(i, j) / (Math.abs(x(0, j)) + Math.abs(x(1, j))),
    },
  ],
} satisfies Record<string, Case[]>;
