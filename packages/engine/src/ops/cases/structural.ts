import { tensorData } from '../../dtype.ts';
import {
  concat,
  expand,
  mul,
  range,
  reshape,
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
import { asFloat, type Case, type Elements, ids } from './case.ts';

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
    {
      inputs: [tensorData('float32', [1, 3], [1, 2, 3])],
      build: (x) => asFloat(shapeOf(x, -1)),
      reference: () => () => 3,
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
} satisfies Record<string, Case[]>;
const flat = (x: Elements, columns: number) => (at: number) => x(Math.floor(at / columns), at % columns);
const firstTwo = (parts: readonly Tensor[]): [Tensor, Tensor] => [parts[0]!, parts[1]!];
