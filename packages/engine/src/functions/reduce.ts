import type { OpName } from '../op-name.ts';
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
export const reduceProd = reduce('ReduceProd');
/** The sum of absolute values. */
export const reduceL1 = reduce('ReduceL1');
/** The square root of the sum of squares. */
export const reduceL2 = reduce('ReduceL2');
export const reduceLogSum = reduce('ReduceLogSum');
/** log(sum(exp x)), computed without overflow. */
export const reduceLogSumExp = reduce('ReduceLogSumExp');
export const reduceSumSquare = reduce('ReduceSumSquare');

export interface ArgOptions extends ReduceOptions {
  /** Of equals the last instead of the first. */
  last?: boolean;
}
const arg =
  (type: OpName) =>
  (x: Tensor, axis = -1, { keepDims = false, last = false }: ArgOptions = {}) =>
    along(type, [x], axis, { keepDims, last });
/** The int64 index of the greatest element along an axis; the axis is dropped. */
export const argMax = arg('ArgMax');
/** The int64 index of the least element along an axis; the axis is dropped. */
export const argMin = arg('ArgMin');
