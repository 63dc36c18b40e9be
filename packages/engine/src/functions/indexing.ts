import type { Tensor } from '../tensor.ts';
import { along, apply } from './apply.ts';

// Indexing; indices are int32 or int64.
/** The slices of x that `indices` name along an axis: the axis gives way to the indices' shape. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor => along('Gather', [x, indices], axis);
/** y[i][j] = x[i][indices[i][j]] for the last axis, and so for any other. */
export const gatherElements = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  along('GatherElements', [x, indices], axis);
/** x with every update added at its index along an axis; equal indices add up. */
export const scatterAdd = (x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor =>
  along('ScatterElements', [x, indices, updates], axis);
/** 1 at the index and 0 elsewhere, or `on` and `off`, float32 in a new last axis; an index out of range gives `off`. */
export const oneHot = (indices: Tensor, depth: number, { off = 0, on = 1 } = {}): Tensor =>
  apply('OneHot', [indices], { depth, off, on });
