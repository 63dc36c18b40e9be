import { tensorData } from '../../dtype.ts';
import {
  gather,
  gatherElements,
  gatherND,
  mul,
  nonZero,
  oneHot,
  scatterAdd,
  scatterElements,
  scatterND,
  topK,
} from '../../operators.ts';
import { asFloat, bool, type Case, ids, sum } from './case.ts';

export const indexing = {
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
    {
      inputs: [[2, 3], ids([2, 1], [2, 0]), [2, 1]],
      build: (x, at, updates) => scatterElements(x, at, updates, 1),
      reference: (x, at, updates) => (i, j) => (at(i, 0) === j ? updates(i, 0) : x(i, j)),
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
      inputs: [ids([3], [1, 0, 2])],
      build: (at) => oneHot(at, 3, { axis: 0 }),
      reference: (at) => (j, i) => bool(at(i) === j),
    },
    {
      inputs: [ids([3], [1, 0, 9])],
      build: (at) => oneHot(at, 2, { off: 0.1, on: 0.9 }),
      reference: (at) => (i, j) => (at(i) === j ? 0.9 : 0.1),
    },
  ],
  GatherND: [
    {
      inputs: [[3, 4, 2], ids([2, 2], [1, 3, -1, 0])],
      build: (x, at) => gatherND(x, at),
      reference: (x, at) => (i, k) => x((at(i, 0) + 3) % 3, at(i, 1), k),
    },
    {
      inputs: [[2, 3], ids([4, 2], [1, 2, 0, 0, 1, 2, 1, 1])],
      build: (x, at) => gatherND(x, at),
      reference: (x, at) => (i) => x(at(i, 0), at(i, 1)),
    },
    {
      inputs: [[2, 3, 2], ids([2, 2, 1], [2, 0, 1, 1])],
      build: (x, at) => gatherND(x, at, 1),
      reference: (x, at) => (b, i, k) => x(b, at(b, i, 0), k),
    },
  ],
  ScatterND: [
    {
      inputs: [[3, 2, 2], ids([2, 2], [2, 0, 0, 1]), [2, 2]],
      build: (x, at, updates) => scatterND(x, at, updates),
      reference: (x, at, updates) => (i, j, k) => {
        const hit = [0, 1].find((n) => at(n, 0) === i && at(n, 1) === j);
        return hit === undefined ? x(i, j, k) : updates(hit, k);
      },
    },
    // Equal indices, as ScatterND itself would lose on several threads.
    {
      inputs: [[3, 2], ids([3, 1], [2, 0, -1]), [3, 2]],
      build: (x, at, updates) => scatterND(x, at, updates, 'add'),
      reference: (x, at, updates) => (i, k) =>
        x(i, k) + sum(3, (n) => ((at(n, 0) + 3) % 3 === i ? updates(n, k) : 0)),
    },
  ],
  TopK: [
    {
      inputs: [[2, 5]],
      build: (x) => mul(topK(x, 2).values, x.graph.constant([1, 3])),
      reference: (x) => (i, j) =>
        ([0, 1, 2, 3, 4].map((k) => x(i, k)).sort((a, b) => b - a)[j] ?? 0) * (2 * j + 1),
    },
    {
      inputs: [[4, 2]],
      build: (x) => topK(x, 1, 0, { largest: false }).values,
      reference: (x) => (_, j) => Math.min(...[0, 1, 2, 3].map((i) => x(i, j))),
    },
    {
      inputs: [tensorData('float32', [3], [1, 5, 5])],
      build: (x) => asFloat(topK(x, 2).indices),
      reference: () => (i) => [1, 2][i] ?? -1,
    },
  ],
  NonZero: [
    {
      inputs: [tensorData('float32', [2, 2], [0, 3, 1, 0])],
      build: (x) => asFloat(nonZero(x, 2)),
      reference: () => (axis, k) => (axis === 0 ? k : 1 - k),
    },
  ],
} satisfies Record<string, Case[]>;
