import { tensorData } from '../dtype.ts';
import { cast, div, equal, expandAs, mul, reduceSum, sizeOf, unsqueeze } from '../operators.ts';
import { isStatic, sizeOfShape } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { operator, reducedShape } from './operator.ts';

interface ReduceAttributes {
  axes: readonly number[];
  keepDims: boolean;
}

/** A reduction. The derivative is written with g and y already standing where x's reduced axes are 1. */
const reduction = (grad: (g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor): Op =>
  operator<readonly [Tensor], ReduceAttributes>({
    infer: ([x], { axes, keepDims }) => [{ dtype: x.dtype, shape: reducedShape(x.shape, axes, keepDims) }],
    emit: ({ type, inputs: [x], attributes: { axes, keepDims } }) => ({
      type,
      inputs: [x, tensorData('int64', [axes.length], axes)],
      ints: { keepdims: Number(keepDims), noop_with_empty_axes: 1 },
    }),
    grad: (g, { inputs: [x], outputs: [y], attributes: { axes } }) => [
      grad(keepAxes(g, x, axes), x, keepAxes(y, x, axes), axes),
    ],
  });

/** The greatest or least elements share the gradient. */
const extreme = reduction((g, x, y, axes) => {
  const reached = cast(equal(x, y), 'float32');
  return mul(reached, div(g, reduceSum(reached, axes, { keepDims: true })));
});

export const reduce = {
  ReduceSum: reduction((g, x) => expandAs(g, x)),
  ReduceMean: reduction((g, x, y) => expandAs(div(g, countPerResult(x, y)), x)),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ArgMax: operator<readonly [Tensor], { axis: number }>({
    infer: ([x], { axis }) => [{ dtype: 'int64', shape: reducedShape(x.shape, [axis], false) }],
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis, keepdims: 0 } }),
    grad: null,
  }),
} satisfies Record<string, Op>;

/** A reduced tensor with its lost axes back as 1. */
const keepAxes = (reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  reduced.shape.length === x.shape.length ? reduced : unsqueeze(reduced, axes);

/** How many elements of x went into each element of y. */
function countPerResult(x: Tensor, y: Tensor): number | Tensor {
  if (isStatic(x.shape) && isStatic(y.shape)) return sizeOfShape(x.shape) / sizeOfShape(y.shape);
  return div(cast(sizeOf(x), 'float32'), cast(sizeOf(y), 'float32'));
}
