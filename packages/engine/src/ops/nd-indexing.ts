import { flatIndices } from '../functions/flat-indices.ts';
import { gather, gatherND, reshape, scatterND, zerosLike } from '../operators.ts';
import { dimAt, formatShape, sameShape, sizeOfShape } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { throughComposition } from './composite.ts';
import { operator, requireSameType, requireType } from './operator.ts';

/** How many axes of x an index names. */
function depthOf(indices: Tensor): number {
  const depth = dimAt(indices.shape, -1);
  if (typeof depth !== 'number') throw new Error(`the last axis of the indices, ${depth}, must be known`);
  return depth;
}

/** Indices that name several axes at once, in their last axis; the first `batch` axes belong to both. */
export const ndIndexing = {
  GatherND: operator<readonly [x: Tensor, indices: Tensor], { batch: number }>({
    infer([x, indices], { batch }) {
      requireType(indices, 'int64');
      const end = batch + depthOf(indices);
      if (end > x.shape.length) throw new Error(`indices of ${end} axes into ${formatShape(x.shape)}`);
      return [{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(end)] }];
    },
    emit: ({ type, inputs, attributes: { batch } }) => ({ type, inputs, ints: { batch_dims: batch } }),
    grad: throughComposition(([x, indices], { batch }) => {
      const end = batch + depthOf(indices);
      const rows = sizeOfShape(x.shape.slice(0, end));
      return [gather(reshape(x, [rows, ...x.shape.slice(end)]), flatIndices(x, indices, batch))];
    }),
  }),

  /** Updates in place of what was there; no two indices may be equal. */
  ScatterND: operator<readonly [x: Tensor, indices: Tensor, updates: Tensor]>({
    infer([x, indices, updates]) {
      requireType(indices, 'int64');
      const depth = depthOf(indices);
      const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
      if (depth > x.shape.length || !sameShape(updates.shape, shape))
        throw new Error(`updates must be ${formatShape(shape)}, not ${formatShape(updates.shape)}`);
      return [{ dtype: requireSameType(x, updates), shape: x.shape }];
    },
    emit: ({ type, inputs }) => ({ type, inputs }),
    grad: (g, { inputs: [, indices, updates] }) => [
      scatterND(g, indices, zerosLike(updates)),
      undefined,
      gatherND(g, indices),
    ],
  }),
} satisfies Record<string, Op>;
