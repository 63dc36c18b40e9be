import { tensorData } from '../dtype.ts';
import {
  add,
  cast,
  div,
  equal,
  exp,
  expandAs,
  gate,
  maximum,
  mul,
  neg,
  reduceProd,
  reduceSum,
  sign,
  sizeOf,
  sub,
  unsqueeze,
} from '../operators.ts';
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

/** About the least normal float32, for quotients that were 0 / 0. */
const TINY = 1e-38;

interface ArgAttributes {
  axis: number;
  keepDims: boolean;
  last: boolean;
}

/** Where the greatest or least element is: of equals the first, or the last. */
const position = (): Op =>
  operator<readonly [Tensor], ArgAttributes>({
    infer: ([x], { axis, keepDims }) => [{ dtype: 'int64', shape: reducedShape(x.shape, [axis], keepDims) }],
    emit: ({ type, inputs, attributes: { axis, keepDims, last } }) => ({
      type,
      inputs,
      ints: { axis, keepdims: Number(keepDims), select_last_index: Number(last) },
    }),
    grad: null,
  });

export const reduce = {
  ReduceSum: reduction((g, x) => expandAs(g, x)),
  ReduceMean: reduction((g, x, y) => expandAs(div(g, countPerResult(x, y)), x)),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceProd: reduction((g, x, _, axes) => mul(g, productOfOthers(x, axes))),
  ReduceL1: reduction((g, x) => mul(g, sign(x))),
  ReduceL2: reduction((g, x, y) => mul(g, div(x, maximum(y, TINY)))),
  ReduceLogSum: reduction((g, x, y) => expandAs(mul(g, exp(neg(y))), x)),
  ReduceLogSumExp: reduction((g, x, y) => mul(g, exp(sub(x, y)))),
  ReduceSumSquare: reduction((g, x) => mul(g, mul(x, 2))),
  ArgMax: position(),
  ArgMin: position(),
} satisfies Record<string, Op>;

/** For each element the product of those beside it. Where one is zero, only it has others without zero. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const zero = cast(equal(x, 0), x.dtype);
  const nonzero = add(x, zero);
  const zeros = reduceSum(zero, axes, { keepDims: true });
  const product = reduceProd(nonzero, axes, { keepDims: true });
  const alone = gate(zero, equal(zeros, 1));
  return mul(div(product, nonzero), add(alone, gate(sub(1, zero), equal(zeros, 0))));
}

/** A reduced tensor with its lost axes back as 1. */
const keepAxes = (reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  reduced.shape.length === x.shape.length ? reduced : unsqueeze(reduced, axes);

/** How many elements of x went into each element of y. */
function countPerResult(x: Tensor, y: Tensor): number | Tensor {
  if (isStatic(x.shape) && isStatic(y.shape)) return sizeOfShape(x.shape) / sizeOfShape(y.shape);
  return div(cast(sizeOf(x), 'float32'), cast(sizeOf(y), 'float32'));
}
