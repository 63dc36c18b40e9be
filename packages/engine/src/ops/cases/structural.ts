import { tensorData } from '../../dtype.ts';
import {
  concat,
  expand,
  gather,
  gatherElements,
  mul,
  oneHot,
  pad,
  range,
  reshape,
  scatterAdd,
  shapeOf,
  sizeOf,
  slice,
  slices,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from '../../operators.ts';
import type { Tensor } from '../../tensor.ts';
import { asFloat, bool, type Case, type Elements, ids, sum } from './case.ts';

export const structural = {
  Reshape: [
    {
      inputs: [[2, 6]],
      build: (x) => reshape(x, [3, -1]),
      reference: (x) => (i, j) => flat(x, 6)(4 * i + j),
    },
  ],
  Transpose: [
    { inputs: [[2, 3]], build: (x) => transpose(x), reference: (x) => (i, j) => x(j, i) },
    { inputs: [[2, 3, 4]], build: (x) => transpose(x, [1, 2, 0]), reference: (x) => (i, j, k) => x(k, i, j) },
  ],
  Concat: [
    {
      inputs: [
        [2, 1],
        [2, 3],
      ],
      build: (a, b) => concat([a, b]),
      reference: (a, b) => (i, j) => (j < 1 ? a(i, j) : b(i, j - 1)),
    },
  ],
  Split: [
    {
      inputs: [[2, 6]],
      build: (x) => mul(...firstTwo(split(x, 2))),
      reference: (x) => (i, j) => x(i, j) * x(i, j + 3),
    },
    { inputs: [[5, 2]], build: (x) => split(x, [1, 3, 1], 0)[1]!, reference: (x) => (i, j) => x(i + 1, j) },
  ],
  Slice: [
    { inputs: [[4, 3]], build: (x) => slice(x, 0, 1, 3), reference: (x) => (i, j) => x(i + 1, j) },
    { inputs: [[4, 3]], build: (x) => slice(x, 1, -2), reference: (x) => (i, j) => x(i, j + 1) },
    { inputs: [[8, 2]], build: (x) => slice(x, 0, 1, 8, 3), reference: (x) => (i, j) => x(3 * i + 1, j) },
    { inputs: [[7, 2]], build: (x) => slice(x, 0, 0, 5, 3), reference: (x) => (i, j) => x(3 * i, j) },
    {
      inputs: [[5, 6]],
      build: (x) =>
        slices(x, [
          { axis: -1, start: -1, step: -2 },
          { axis: 0, start: 3, end: 0, step: -1 },
        ]),
      reference: (x) => (i, j) => x(3 - i, 5 - 2 * j),
    },
  ],
  Pad: [
    {
      inputs: [[2, 2]],
      build: (x) => pad(x, [0, 1], [1, 2], 7),
      reference: (x) => (i, j) => (i < 2 && j >= 1 && j < 3 ? x(i, j - 1) : 7),
    },
  ],
  Expand: [{ inputs: [[2, 1]], build: (x) => expand(x, [3, 2, 4]), reference: (x) => (_, j) => x(j, 0) }],
  Unsqueeze: [
    { inputs: [[2, 3]], build: (x) => unsqueeze(x, [0, -1]), reference: (x) => (_, i, j) => x(i, j) },
  ],
  Squeeze: [{ inputs: [[1, 3, 1]], build: (x) => squeeze(x, [0, -1]), reference: (x) => (i) => x(0, i, 0) }],
  Shape: [
    {
      inputs: [tensorData('float32', [1, 3], [1, 2, 3])],
      build: (x) => asFloat(shapeOf(x)),
      reference: () => (i) => [1, 3][i] ?? -1,
    },
  ],
  Size: [
    {
      inputs: [tensorData('float32', [1, 3], [1, 2, 3])],
      build: (x) => asFloat(sizeOf(x)),
      reference: () => () => 3,
    },
  ],
  Range: [
    { inputs: [ids([], [9])], build: (n) => asFloat(range(3, n, 3, 2)), reference: () => (i) => 3 + 2 * i },
  ],
  Gather: [
    {
      inputs: [[4, 3], ids([2, 2], [1, 3, 1, 0])],
      build: (x, at) => gather(x, at),
      reference: (x, at) => (i, j, k) => x(at(i, j), k),
    },
    {
      inputs: [[2, 3], ids([4], [2, 0, 2, 2], 'int32')],
      build: (x, at) => gather(x, at, 1),
      reference: (x, at) => (i, j) => x(i, at(j)),
    },
    {
      inputs: [[600, 2], ids([3], [599, 5, 599])],
      build: (x, at) => gather(x, at),
      reference: (x, at) => (i, j) => x(at(i), j),
    },
    { inputs: [[3, 2], ids([], [2])], build: (x, at) => gather(x, at), reference: (x) => (j) => x(2, j) },
  ],
  GatherElements: [
    {
      inputs: [[2, 3], ids([2, 2], [1, 1, 0, 2])],
      build: (x, at) => gatherElements(x, at),
      reference: (x, at) => (i, j) => x(i, at(i, j)),
    },
  ],
  ScatterElements: [
    {
      inputs: [[3, 2], ids([2, 2], [1, 0, 1, 2]), [2, 2]],
      build: (x, at, updates) => scatterAdd(x, at, updates),
      reference: (x, at, updates) => (i, j) => x(i, j) + sum(2, (k) => (at(k, j) === i ? updates(k, j) : 0)),
    },
  ],
  OneHot: [
    ...(['int32', 'int64'] as const).map(
      (dtype): Case => ({
        inputs: [ids([2, 2], [0, 2, 1, 5], dtype)],
        build: (at) => oneHot(at, 3),
        reference: (at) => (i, j, k) => bool(at(i, j) === k),
      }),
    ),
    {
      inputs: [ids([3], [1, 0, 9])],
      build: (at) => oneHot(at, 2, { off: 0.1, on: 0.9 }),
      reference: (at) => (i, j) => (at(i) === j ? 0.9 : 0.1),
    },
  ],
} satisfies Record<string, Case[]>;
const flat = (x: Elements, columns: number) => (at: number) => x(Math.floor(at / columns), at % columns);
const firstTwo = (parts: readonly Tensor[]): [Tensor, Tensor] => [parts[0]!, parts[1]!];
