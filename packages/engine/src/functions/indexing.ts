import { sizeOfShape } from '../shape.ts';
import type { Dim, Tensor } from '../tensor.ts';
import { along, apply, applyAll, axisOf } from './apply.ts';
import { flatIndices } from './flat-indices.ts';
import { expand, reshape } from './shape.ts';

// Indexing; indices are int32 or int64.
/** The slices of x that `indices` name along an axis: the axis gives way to the indices' shape. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor => along('Gather', [x, indices], axis);
/** y[i][j] = x[i][indices[i][j]] for the last axis, and so for any other. */
export const gatherElements = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  along('GatherElements', [x, indices], axis);
/** x with every update added at its index along an axis; equal indices add up. */
export const scatterAdd = (x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor =>
  along('ScatterElements', [x, indices, updates], axis, { reduction: 'add' });
/** x with every update in place of what was at its index along an axis; no two indices may be equal. */
export const scatterElements = (x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor =>
  along('ScatterElements', [x, indices, updates], axis, { reduction: 'none' });
/**
 * 1 at the index and 0 elsewhere, or `on` and `off`, float32 in a new axis, the last unless it is given; an index out of
 * range gives `off`.
 */
export const oneHot = (
  indices: Tensor,
  depth: number,
  { off = 0, on = 1, axis }: { off?: number; on?: number; axis?: number } = {},
): Tensor =>
  apply('OneHot', [indices], {
    depth,
    off,
    on,
    ...(axis !== undefined && { axis: axisOf('OneHot', indices, axis, indices.shape.length + 1) }),
  });

export interface TopKOptions {
  /** The k greatest; else the k least. */
  largest?: boolean;
  /** In order, the first of equals first. */
  sorted?: boolean;
}
/** The k greatest elements along an axis, with their int64 indices. */
export function topK(
  x: Tensor,
  k: number,
  axis = -1,
  { largest = true, sorted = true }: TopKOptions = {},
): { values: Tensor; indices: Tensor } {
  const [values, indices] = applyAll('TopK', [x], { k, axis: axisOf('TopK', x, axis), largest, sorted });
  return { values: values as Tensor, indices: indices as Tensor };
}

/** int64 [rank, count]: the indices of the elements that are not 0; `count` names how many there are. */
export const nonZero = (x: Tensor, count: Dim): Tensor => apply('NonZero', [x], { count });

/**
 * The slices of x that int64 indices [..., depth] name by their last axis: [..., the axes of x after depth]. The first
 * `batch` axes belong to both.
 */
export const gatherND = (x: Tensor, indices: Tensor, batch = 0): Tensor =>
  apply('GatherND', [x, indices], { batch });

/**
 * x with each update in place of what int64 indices [..., depth] name (no two may be equal), or added to it (equal ones
 * add up).
 */
export function scatterND(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  reduction: 'none' | 'add' = 'none',
): Tensor {
  if (reduction === 'none') return apply('ScatterND', [x, indices, updates]);
  const depth = indices.shape.at(-1) as number;
  const [rows, columns] = [sizeOfShape(x.shape.slice(0, depth)), sizeOfShape(x.shape.slice(depth))];
  const at = reshape(flatIndices(x, indices, 0), [-1, 1]);
  const flat = reshape(updates, [sizeOfShape(at.shape), columns]);
  return reshape(scatterAdd(reshape(x, [rows, columns]), expand(at, flat.shape), flat), x.shape);
}
