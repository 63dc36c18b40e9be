import { tensorData } from '../dtype.ts';
import { expand, gatherElements, gemm, oneHot, reshape, scatterAdd, zerosLike } from '../operators.ts';
import { dimAt, formatShape, isStatic, sizeOfShape } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { operator, requireType } from './operator.ts';

/** Up to this many rows a table's gradient is one product with the one-hot ids; beyond it, a scatter. */
const ONE_HOT_ROWS = 512;

const indexTypes = ['int32', 'int64'] as const;

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
  ScatterElements: operator<readonly [x: Tensor, indices: Tensor, updates: Tensor], { axis: number }>({
    infer([x, indices, updates]) {
      requireType(indices, ...indexTypes);
      if (formatShape(indices.shape) !== formatShape(updates.shape))
        throw new Error('indices and updates must have the same shape');
      return [{ dtype: x.dtype, shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { axis } }) => ({
      type,
      inputs,
      ints: { axis },
      strings: { reduction: 'add' },
    }),
    grad: (g, { inputs: [, indices], attributes: { axis } }) => [
      g,
      undefined,
      gatherElements(g, indices, axis),
    ],
  }),

  OneHot: operator<readonly [indices: Tensor], { depth: number; off: number; on: number }>({
    infer([indices], { depth }) {
      requireType(indices, ...indexTypes);
      return [{ dtype: 'float32', shape: [...indices.shape, depth] }];
    },
    // The CPU kernel wants the depth in a type that depends on the indices' type.
    emit: ({ type, inputs: [indices], attributes: { depth, off, on } }) => ({
      type,
      inputs: [
        indices,
        tensorData(indices.dtype === 'int32' ? 'float32' : 'int64', [1], [depth]),
        tensorData('float32', [2], [off, on]),
      ],
      ints: { axis: -1 },
    }),
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
