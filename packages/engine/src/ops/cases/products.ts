import { einsum, gemm, matmul, sigmoidCrossEntropy, softmaxCrossEntropy } from '../../operators.ts';
import type { Tensor } from '../../tensor.ts';
import { bool, type Case, type Elements, sum } from './case.ts';

const normaliser = (x: Elements, i: number, n: number): number => sum(n, (k) => Math.exp(x(i, k)));

/** Negative log-likelihood of `labels`, weighted. */
const crossEntropy =
  (labels: readonly number[], classes: number, weight: (label: number) => number) =>
  (z: Elements): Elements => {
    const nll = (i: number, label: number) => Math.log(normaliser(z, i, classes)) - z(i, label);
    const total = labels.reduce((sum, label) => sum + weight(label), 0);
    return () =>
      labels.reduce((loss, y, i) => loss + (weight(y) === 0 ? 0 : weight(y) * nll(i, y)), 0) / total;
  };

/** The mean over the labels that are no less than 0, each spread by `smoothing` over all classes. */
const smoothedCrossEntropy =
  (labels: readonly number[], classes: number, smoothing: number) =>
  (z: Elements): Elements => {
    const nll = (i: number, k: number) => Math.log(normaliser(z, i, classes)) - z(i, k);
    const spread = smoothing / classes;
    const counted = labels.filter((label) => label >= 0).length;
    const row = (i: number, label: number) =>
      sum(classes, (k) => (bool(label === k) * (1 - smoothing) + spread) * nll(i, k));
    return () => labels.reduce((loss, y, i) => loss + (y < 0 ? 0 : row(i, y)), 0) / counted;
  };

export const products = {
  MatMul: [
    { inputs: [[3], [3]], build: matmul, reference: (a, b) => () => sum(3, (k) => a(k) * b(k)) },
    {
      inputs: [[3], [2, 3, 2]],
      build: matmul,
      reference: (a, b) => (n, j) => sum(3, (k) => a(k) * b(n, k, j)),
    },
    {
      inputs: [[2, 2, 3], [3]],
      build: matmul,
      reference: (a, b) => (n, i) => sum(3, (k) => a(n, i, k) * b(k)),
    },
    {
      inputs: [
        [2, 3],
        [2, 3, 2],
      ],
      build: matmul,
      reference: (a, b) => (n, i, j) => sum(3, (k) => a(i, k) * b(n, k, j)),
    },
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
      build: matmul,
      reference: (a, b) => (i, j) => sum(3, (k) => a(i, k) * b(k, j)),
    },
    {
      inputs: [
        [2, 2, 3],
        [3, 2],
      ],
      build: matmul,
      reference: (a, b) => (n, i, j) => sum(3, (k) => a(n, i, k) * b(k, j)),
    },
    {
      inputs: [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
      build: matmul,
      reference: (a, b) => (n, m, i, j) => sum(3, (k) => a(n, 0, i, k) * b(m, k, j)),
    },
  ],
  Einsum: (
    [
      [
        'bij,bjk->bik',
        [
          [2, 2, 3],
          [2, 3, 2],
        ],
        (a, b) => (n, i, k) => sum(3, (j) => a(n, i, j) * b(n, j, k)),
      ],
      // A length of 1 stretches.
      [
        'bij,bjk->bik',
        [
          [1, 2, 3],
          [2, 3, 2],
        ],
        (a, b) => (n, i, k) => sum(3, (j) => a(0, i, j) * b(n, j, k)),
      ],
      [
        'ij,kj',
        [
          [2, 3],
          [4, 3],
        ],
        (a, b) => (i, k) => sum(3, (j) => a(i, j) * b(k, j)),
      ],
      [
        'i,j,ij->',
        [[2], [3], [2, 3]],
        (a, b, c) => () => sum(2, (i) => sum(3, (j) => a(i) * b(j) * c(i, j))),
      ],
      ['ijk->ki', [[2, 3, 2]], (a) => (k, i) => sum(3, (j) => a(i, j, k))],
      ['...ij, ...j -> ...i', [[2, 2, 3], [3]], (a, b) => (n, i) => sum(3, (j) => a(n, i, j) * b(j))],
      [
        'bhqd,bhkd->bhqk',
        [
          [1, 2, 2, 3],
          [1, 2, 3, 3],
        ],
        (a, b) => (n, h, q, k) => sum(3, (d) => a(n, h, q, d) * b(n, h, k, d)),
      ],
    ] as [string, number[][], Case['reference']][]
  ).map(([equation, inputs, reference]) => ({
    inputs,
    build: (...operands) => einsum(equation, ...operands),
    reference,
  })),
  Gemm: [
    {
      inputs: [[2, 3], [3, 4], [4]],
      build: (a, b, c) => gemm(a, b, c, { alpha: 0.5, beta: -2 }),
      reference: (a, b, c) => (i, j) => -2 * c(j) + 0.5 * sum(3, (k) => a(i, k) * b(k, j)),
    },

    {
      inputs: [[2, 3], [3, 4], [4]],
      build: (a, b, c) => gemm(a, b, c),
      reference: (a, b, c) => (i, j) => c(j) + sum(3, (k) => a(i, k) * b(k, j)),
    },
    {
      inputs: [
        [3, 2],
        [3, 4],
      ],
      build: (a, b) => gemm(a, b, undefined, { transA: true }),
      reference: (a, b) => (i, j) => sum(3, (k) => a(k, i) * b(k, j)),
    },
    {
      inputs: [
        [2, 3],
        [4, 3],
        [2, 1],
      ],
      build: (a, b, c) => gemm(a, b, c, { transB: true }),
      reference: (a, b, c) => (i, j) => c(i, 0) + sum(3, (k) => a(i, k) * b(j, k)),
    },
    {
      inputs: [
        [3, 2],
        [4, 3],
      ],
      build: (a, b) => gemm(a, b, undefined, { transA: true, transB: true }),
      reference: (a, b) => (i, j) => sum(3, (k) => a(k, i) * b(j, k)),
    },
  ],

  SigmoidCrossEntropyLoss: [
    {
      inputs: [
        [2, 3],
        [2, 3],
      ],
      build: sigmoidCrossEntropy,
      reference: (z, t) => (i, j) => Math.log1p(Math.exp(z(i, j))) - z(i, j) * t(i, j),
    },
  ],
  SmoothedCrossEntropyLoss: [
    {
      inputs: [[3, 4]],
      build: (z) => softmaxCrossEntropy(z, labelsOf(z, [2, 0, 2]), { smoothing: 0.1 }),
      reference: smoothedCrossEntropy([2, 0, 2], 4, 0.1),
    },
    {
      inputs: [[3, 4]],
      build: (z) => softmaxCrossEntropy(z, labelsOf(z, [2, -100, 1]), { smoothing: 0.3, ignoreLabel: -100 }),
      reference: smoothedCrossEntropy([2, -100, 1], 4, 0.3),
    },
  ],
  SoftmaxCrossEntropyLoss: [
    {
      inputs: [[3, 4]],
      build: (z) => softmaxCrossEntropy(z, labelsOf(z, [2, 0, 2])),
      reference: crossEntropy([2, 0, 2], 4, () => 1),
    },
    {
      inputs: [[3, 4]],
      build: (z) => softmaxCrossEntropy(z, labelsOf(z, [2, -100, 1]), { ignoreLabel: -100 }),
      reference: crossEntropy([2, -100, 1], 4, (label) => bool(label >= 0)),
    },
    {
      inputs: [[4, 2]],
      build: (z) =>
        softmaxCrossEntropy(z, labelsOf(z, [0, 1, -1, 1]), {
          weights: z.graph.constant([0.5, 2]),
          ignoreLabel: -1,
        }),
      reference: crossEntropy([0, 1, -1, 1], 2, (label) => [0.5, 2][label] ?? 0),
    },
  ],
} satisfies Record<string, Case[]>;
const labelsOf = (z: Tensor, labels: readonly number[]): Tensor => z.graph.constant(Int32Array.from(labels));
