import { tensorData } from '../../dtype.ts';
import {
  averagePool,
  col2Im,
  globalAveragePool,
  globalMaxPool,
  maxPoolWithIndices,
  maxUnpool,
} from '../../operators.ts';
import { asFloat, type Case, ids, sum } from './case.ts';
import { averagePoolCase, convolutionCase, maxPoolCase, transposedCase } from './windows.ts';

export const convolution = {
  Conv: [
    convolutionCase({ x: [2, 3, 5, 4], w: [4, 3, 3, 2], bias: true }),
    convolutionCase({
      x: [2, 2, 6, 5],
      w: [3, 2, 3, 3],
      options: { strides: 2, pads: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    convolutionCase({
      x: [2, 4, 7, 6],
      w: [6, 2, 2, 3],
      bias: true,
      options: { groups: 2, dilations: [2, 1], pads: [1, 0, 0, 2] },
      dilations: [2, 1],
      before: [1, 0],
    }),
    // Depthwise.
    convolutionCase({ x: [2, 3, 4, 4], w: [3, 1, 3, 3], options: { groups: 3, pads: 1 }, before: [1, 1] }),
    // One axis, an even kernel and pads from the sizes.
    convolutionCase({ x: [2, 2, 7], w: [3, 2, 4], options: { autoPad: 'SAME_UPPER' }, before: [1] }),
    convolutionCase({
      x: [1, 2, 8],
      w: [2, 2, 3],
      options: { autoPad: 'SAME_LOWER', strides: 2 },
      strides: [2],
      before: [1],
    }),
    convolutionCase({ x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 2], bias: true }),
    // Many channels, and a kernel of one place: the gradient of W by products.
    convolutionCase({
      x: [2, 17, 6, 5],
      w: [2, 17, 2, 2],
      options: { strides: [2, 1], pads: 1, dilations: [1, 2] },
      strides: [2, 1],
      dilations: [1, 2],
      before: [1, 1],
    }),
    convolutionCase({ x: [2, 3, 4, 4], w: [5, 3, 1, 1], bias: true }),
  ],
  Col2Im: [
    {
      inputs: [[2, 4, 6]],
      build: (x) => col2Im(x, [3, 4], [2, 1], { pads: [0, 0, 1, 0], strides: [1, 2] }),
      reference: (x) => (n, c, i, j) =>
        // Two rows of windows look at row i, as their upper and as their lower tap; every other column is between windows.
        j % 2 === 1
          ? 0
          : sum(2, (tap) => (i - tap >= 0 && i - tap < 3 ? x(n, 2 * c + tap, 2 * (i - tap) + j / 2) : 0)),
    },
  ],
  ConvTranspose: [
    transposedCase({ x: [2, 3, 3, 2], w: [3, 4, 3, 2], bias: true }),
    transposedCase({
      x: [2, 2, 3, 3],
      w: [2, 3, 3, 3],
      bias: true,
      options: { strides: 2, pads: 1, outputPadding: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    transposedCase({
      x: [1, 4, 3, 3],
      w: [4, 2, 2, 3],
      options: { groups: 2, strides: [1, 2], dilations: [2, 1], pads: [1, 0, 0, 1] },
      strides: [1, 2],
      dilations: [2, 1],
      before: [1, 0],
    }),
    transposedCase({ x: [2, 2, 4], w: [2, 3, 3], options: { strides: 2 }, strides: [2] }),
    transposedCase({
      x: [1, 2, 3, 3],
      w: [2, 1, 3, 3],
      options: { strides: 2, autoPad: 'SAME_UPPER' },
      strides: [2, 2],
      before: [0, 0],
    }),
    transposedCase({
      x: [1, 2, 3],
      w: [2, 1, 4],
      options: { strides: 2, outputShape: [5] },
      strides: [2],
      before: [2],
    }),
  ],
  MaxPool: [
    maxPoolCase({ x: [2, 2, 4, 6], kernel: [2, 3], options: {}, strides: [2, 3] }),
    maxPoolCase({
      x: [1, 2, 5, 5],
      kernel: [3, 3],
      options: { strides: 2, pads: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    maxPoolCase({
      x: [1, 1, 7, 5],
      kernel: [2, 2],
      options: { dilations: 2, ceilMode: true, strides: [3, 2] },
      strides: [3, 2],
      dilations: [2, 2],
    }),
    maxPoolCase({ x: [2, 1, 5], kernel: [2], options: { ceilMode: true }, strides: [2] }),
    maxPoolCase({
      x: [1, 1, 5, 4],
      kernel: [2, 2],
      options: { strides: 1, autoPad: 'SAME_LOWER' },
      before: [1, 1],
    }),
    // Of equals the first counts: PyTorch's choice, too.
    {
      inputs: [tensorData('float32', [1, 1, 4], [1, 1, 3, 3])],
      build: (x) => asFloat(maxPoolWithIndices(x, 2).indices),
      reference: () => (_, __, o) => [0, 2][o]!,
    },
  ],
  MaxUnpool: [
    {
      inputs: [[1, 2, 2], ids([1, 2, 2], [1, 3, 4, 7])],
      build: (x, at) => maxUnpool(x, at, [1, 2, 4]),
      reference: (x, at) => (_, c, o) => sum(2, (k) => (at(0, c, k) === c * 4 + o ? x(0, c, k) : 0)),
    },
  ],
  AveragePool: [
    // The last window reaches beyond the pads: what lies there does not count.
    {
      inputs: [[1, 1, 4]],
      build: (x) => averagePool(x, 3, { strides: 2, pads: 1, ceilMode: true, countPads: true }),
      reference: (x) => (_, __, o) =>
        [x(0, 0, 0) + x(0, 0, 1), x(0, 0, 1) + x(0, 0, 2) + x(0, 0, 3), x(0, 0, 3)][o]! / [3, 3, 2][o]!,
    },
    averagePoolCase({ x: [2, 2, 4, 6], kernel: [2, 3], options: {}, strides: [2, 3] }),
    averagePoolCase({
      x: [1, 2, 5, 5],
      kernel: [3, 3],
      options: { strides: 2, pads: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    averagePoolCase({
      x: [1, 2, 5, 5],
      kernel: [3, 3],
      options: { strides: 1, pads: 1, countPads: true },
      before: [1, 1],
      count: 9,
    }),
    averagePoolCase({ x: [2, 1, 5], kernel: [2], options: { ceilMode: true }, strides: [2] }),
    averagePoolCase({
      x: [1, 1, 5, 4],
      kernel: [2, 2],
      options: { strides: 1, autoPad: 'SAME_UPPER' },
    }),
  ],
  GlobalAveragePool: [
    {
      inputs: [[2, 3, 2, 2]],
      build: (x) => globalAveragePool(x),
      reference: (x) => (n, c) => sum(4, (k) => x(n, c, k >> 1, k & 1)) / 4,
    },
  ],
  GlobalMaxPool: [
    {
      inputs: [[2, 3, 2, 2]],
      build: (x) => globalMaxPool(x),
      reference: (x) => (n, c) => Math.max(...[0, 1, 2, 3].map((k) => x(n, c, k >> 1, k & 1))),
    },
  ],
} satisfies Record<string, Case[]>;
