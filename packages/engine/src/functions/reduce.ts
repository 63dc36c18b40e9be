import type { OpName } from '../ops/op-name.ts';
import type { Tensor } from '../tensor.ts';
import { along, apply, axesOf } from './apply.ts';

// Reductions, over all axes unless some are named; negative axes count from the end.
export interface ReduceOptions {
  keepDims?: boolean;
}
const reduce =
  (type: OpName) =>
  (
    x: Tensor,
    axes: number | readonly number[] = x.shape.map((_, axis) => axis),
    options: ReduceOptions = {},
  ) =>
    apply(type, [x], {
      axes: axesOf(type, x, axes),
      keepDims: options.keepDims ?? false,
    });
export const reduceSum = reduce('ReduceSum');
export const reduceMean = reduce('ReduceMean');
export const reduceMax = reduce('ReduceMax');
export const reduceMin = reduce('ReduceMin');
/** The int64 index of the greatest element along an axis; the axis is dropped. */
export const argMax = (x: Tensor, axis = -1): Tensor => along('ArgMax', [x], axis);
