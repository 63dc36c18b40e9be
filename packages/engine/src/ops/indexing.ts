import { tensorData } from '../dtype.ts';
import {
  expand,
  gatherElements,
  gemm,
  oneHot,
  reshape,
  scatterAdd,
  scatterElements,
  zerosLike,
} from '../operators.ts';
import { dimAt, formatShape, isStatic, sameShape, sizeOfShape, withDim } from '../shape.ts';
import type { Dim, Op, Tensor } from '../tensor.ts';
import { operator, requireSameType, requireType } from './operator.ts';

/** Up to this many rows a table's gradient is one product with the one-hot ids; beyond it, a scatter. */
const ONE_HOT_ROWS = 512;

const indexTypes = ['int32', 'int64'] as const;

interface OneHotAttributes {
  depth: number;
  off: number;
  on: number;
  axis?: number;
}
interface TopKAttributes {
  k: number;
  axis: number;
  largest: boolean;
  sorted: boolean;
}
interface ScatterAttributes {
  axis: number;
  reduction: 'none' | 'add';
}

export const indexing = {
  Gather: operator<readonly [x: Tensor, indices: Tensor], { axis: number }>({
    infer([x, indices], { axis }) {
      requireType(indices, ...indexTypes);
      const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
      return [{ dtype: x.dtype, shape }];
    },
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis } }),
    grad: (g, { inputs: [x, indices], attributes: { axis } }) => [
      gatherGradient(g, x, indices, axis),
      undefined,
    ],
  }),

  GatherElements: operator<readonly [x: Tensor, indices: Tensor], { axis: number }>({
    infer([x, indices], { axis }) {
      requireType(indices, ...indexTypes);
      if (x.shape.length !== indices.shape.length) throw new Error('x and indices must have the same rank');
      if (x.shape.some((dim, at) => at !== axis && dim !== indices.shape[at]))
        throw new Error(`x and indices may differ along axis ${axis} only`);
      return [{ dtype: x.dtype, shape: indices.shape }];
    },
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis } }),
    grad: (g, { inputs: [x, indices], attributes: { axis } }) => [
      scatterAdd(zerosLike(x), indices, g, axis),
      undefined,
    ],
  }),

  /** ScatterND with reduction add would race on equal indices (ONNX Runtime 1.30, more than one thread). */
  ScatterElements: operator<readonly [x: Tensor, indices: Tensor, updates: Tensor], ScatterAttributes>({
    infer([x, indices, updates]) {
      requireType(indices, ...indexTypes);
      if (!sameShape(indices.shape, updates.shape))
        throw new Error('indices and updates must have the same shape');
      if (x.shape.length !== indices.shape.length) throw new Error('x and indices must have the same rank');
      return [{ dtype: requireSameType(x, updates), shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { axis, reduction } }) => ({
      type,
      inputs,
      ints: { axis },
      strings: { reduction },
    }),
    grad: (g, { inputs: [, indices, updates], attributes: { axis, reduction } }) => [
      reduction === 'add' ? g : scatterElements(g, indices, zerosLike(updates), axis),
      undefined,
      gatherElements(g, indices, axis),
    ],
  }),

  /** Along a new axis, which is the last where it is left out. */
  OneHot: operator<readonly [indices: Tensor], OneHotAttributes>({
    infer([indices], { depth, axis = indices.shape.length }) {
      requireType(indices, ...indexTypes);
      return [
        { dtype: 'float32', shape: [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)] },
      ];
    },
    // The CPU kernel wants the depth in a type that depends on the indices' type.
    emit: ({ type, inputs: [indices], attributes: { depth, off, on, axis = -1 } }) => ({
      type,
      inputs: [
        indices,
        tensorData(indices.dtype === 'int32' ? 'float32' : 'int64', [1], [depth]),
        tensorData('float32', [2], [off, on]),
      ],
      ints: { axis },
    }),
    grad: null,
  }),

  TopK: operator<readonly [Tensor], TopKAttributes, readonly [values: Tensor, indices: Tensor]>({
    infer([x], { k, axis }) {
      const dim = dimAt(x.shape, axis);
      if (typeof dim === 'number' && k > dim) throw new Error(`axis ${axis} has ${dim} elements, not ${k}`);
      const shape = withDim(x.shape, axis, k);
      return [
        { dtype: x.dtype, shape },
        { dtype: 'int64', shape },
      ];
    },
    emit: ({ type, inputs: [x], attributes: { k, axis, largest, sorted } }) => ({
      type,
      inputs: [x, tensorData('int64', [1], [k])],
      ints: { axis, largest: Number(largest), sorted: Number(sorted) },
    }),
    grad: (g, { inputs: [x], outputs: [, indices], attributes: { axis } }) => [
      scatterAdd(zerosLike(x), indices, g, axis),
    ],
  }),

  /** The indices of elements that are not 0, one column each. */
  NonZero: operator<readonly [Tensor], { count: Dim }>({
    infer: ([x], { count }) => [{ dtype: 'int64', shape: [x.shape.length, count] }],
    emit: ({ type, inputs }) => ({ type, inputs }),
    grad: null,
  }),
} satisfies Record<string, Op>;

/** Rows of g added where they were gathered from: onehot(ids)^T g for a small table, else a scatter along the axis. */
function gatherGradient(g: Tensor, x: Tensor, indices: Tensor, axis: number): Tensor {
  const rows = dimAt(x.shape, 0);
  if (axis === 0 && x.shape.length === 2 && typeof rows === 'number' && rows <= ONE_HOT_ROWS) {
    const ids = reshape(indices, [-1]);
    return gemm(oneHot(ids, rows), reshape(g, [-1, dimAt(x.shape, 1)]), undefined, { transA: true });
  }
  if (!isStatic(indices.shape) || !isStatic(x.shape))
    throw new Error(
      `the gradient of Gather needs shapes known in the graph, not ${formatShape(indices.shape)}`,
    );
  const count = sizeOfShape(indices.shape);
  const updated = x.shape.map((dim, at) => (at === axis ? count : dim));
  const ids = reshape(
    indices,
    x.shape.map((_, at) => (at === axis ? count : 1)),
  );
  return scatterAdd(zerosLike(x), expand(ids, updated), reshape(g, updated), axis);
}
