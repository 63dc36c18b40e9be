import { dtypes, tensorData } from '../dtype.ts';
import {
  add,
  and,
  cast,
  cos,
  cumSum,
  div,
  exp,
  gate,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  log,
  mul,
  neg,
  not,
  pow,
  reciprocal,
  sign,
  sin,
  sqrt,
  sub,
} from '../operators.ts';
import { broadcastShapes } from '../shape.ts';
import type { DType, Op, Tensor, TensorType } from '../tensor.ts';
import { asIs, binary, operator, requireSameType, requireType, unary, unbroadcast } from './operator.ts';

/** x / sqrt(f), for the derivatives of the inverse functions. */
const overRoot = (g: Tensor, square: Tensor): Tensor => div(g, sqrt(square));
const square = (x: Tensor): Tensor => mul(x, x);

/** y = f(a, b, c, ...), broadcasting; the derivative by each input is written as for equal shapes. */
const variadic = (grad: (g: Tensor, count: number) => Tensor): Op =>
  operator<readonly Tensor[]>({
    infer: (inputs) => [
      {
        dtype: requireSameType(...inputs),
        shape: inputs.map(({ shape }) => shape).reduce(broadcastShapes),
      },
    ],
    emit: asIs,
    grad: (g, { inputs }) => inputs.map((x) => unbroadcast(grad(g, inputs.length), x)),
  });

export const elementwise = {
  Add: binary((g) => [g, g]),
  Sub: binary((g) => [g, neg(g)]),
  Mul: binary((g, a, b) => [mul(g, b), mul(g, a)]),
  Div: binary((g, _, b, y) => [div(g, b), neg(mul(g, div(y, b)))]),
  /** The exponent may have another type than the base. */
  Pow: {
    ...binary((g, a, b, y) => {
      const exponent = cast(b, a.dtype);
      return [mul(g, mul(exponent, pow(a, sub(exponent, 1)))), mul(g, mul(y, log(a)))];
    }),
    infer: ([a, b]): TensorType[] => [
      { dtype: (a as Tensor).dtype, shape: broadcastShapes((a as Tensor).shape, (b as Tensor).shape) },
    ],
  },
  /** The remainder with the sign of a for floats, of b for integers: a - y is the multiple of b that was taken away. */
  Mod: {
    ...binary((g, a, b, y) => [g, neg(mul(g, div(sub(a, y), b)))]),
    emit: ({ type, inputs }) => ({
      type,
      inputs,
      ints: { fmod: Number(/float/.test((inputs[0] as Tensor).dtype)) },
    }),
  },
  /** Where both are equal the gradient goes to the first. */
  Max: binary((g, a, b) => [gate(g, greaterOrEqual(a, b)), gate(g, less(a, b))]),
  Min: binary((g, a, b) => [gate(g, lessOrEqual(a, b)), gate(g, greater(a, b))]),
  Sum: variadic((g) => g),
  Mean: variadic((g, count) => div(g, count)),

  Neg: unary((g) => neg(g)),
  Abs: unary((g, x) => mul(g, sign(x))),
  Reciprocal: unary((g, _, y) => neg(mul(g, square(y)))),
  Exp: unary((g, _, y) => mul(g, y)),
  Log: unary((g, x) => div(g, x)),
  Sqrt: unary((g, _, y) => div(g, mul(y, 2))),
  Erf: unary((g, x) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))),
  Identity: unary((g) => g),
  Sign: unary(null),
  Floor: unary(null),
  Ceil: unary(null),
  Round: unary(null),

  Sin: unary((g, x) => mul(g, cos(x))),
  Cos: unary((g, x) => neg(mul(g, sin(x)))),
  Tan: unary((g, _, y) => mul(g, add(square(y), 1))),
  Asin: unary((g, x) => overRoot(g, sub(1, square(x)))),
  Acos: unary((g, x) => neg(overRoot(g, sub(1, square(x))))),
  Atan: unary((g, x) => div(g, add(square(x), 1))),
  Sinh: unary((g, x) => mul(g, mul(add(exp(x), exp(neg(x))), 0.5))),
  Cosh: unary((g, x) => mul(g, mul(sub(exp(x), exp(neg(x))), 0.5))),
  Asinh: unary((g, x) => overRoot(g, add(square(x), 1))),
  Acosh: unary((g, x) => overRoot(g, sub(square(x), 1))),
  Atanh: unary((g, x) => mul(g, reciprocal(sub(1, square(x))))),

  Clip: operator<readonly [Tensor], { low?: number; high?: number }>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs: [x], attributes }) => ({
      type,
      inputs: [x, ...[attributes.low, attributes.high].map((end) => scalarOrNothing(x.dtype, end))],
    }),
    grad(g, { inputs: [x], attributes: { low = -Infinity, high = Infinity } }) {
      return [gate(g, and(greaterOrEqual(x, low), lessOrEqual(x, high)))];
    },
  }),

  Cast: operator<readonly [Tensor], { dtype: DType }>({
    infer: ([x], { dtype }) => [{ dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes }) => ({ type, inputs, ints: { to: dtypes[attributes.dtype].onnx } }),
    grad: (g, { inputs: [x] }) => [cast(g, x.dtype)],
  }),

  Where: operator<readonly [Tensor, Tensor, Tensor]>({
    infer([condition, a, b]) {
      requireType(condition, 'bool');
      const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
      return [{ dtype: requireSameType(a, b), shape }];
    },
    emit: asIs,
    grad: (g, { inputs: [condition, a, b] }) => [
      undefined,
      unbroadcast(gate(g, condition), a),
      unbroadcast(gate(g, not(condition)), b),
    ],
  }),

  /** Bits moved left or right, of unsigned integers. */
  BitShift: operator<readonly [Tensor, Tensor], { direction: 'LEFT' | 'RIGHT' }>({
    infer: ([x, by]) => [{ dtype: requireSameType(x, by), shape: broadcastShapes(x.shape, by.shape) }],
    emit: ({ type, inputs, attributes: { direction } }) => ({ type, inputs, strings: { direction } }),
    grad: null,
  }),

  /** y_t = x_0 + ... + x_t along an axis; `exclusive` leaves x_t out, `reverse` sums from the end. */
  CumSum: operator<readonly [Tensor], CumSumAttributes>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs: [x], attributes: { axis, exclusive, reverse } }) => ({
      type,
      inputs: [x, tensorData('int64', [], [axis])],
      ints: { exclusive: Number(exclusive), reverse: Number(reverse) },
    }),
    grad: (g, { attributes: { axis, exclusive, reverse } }) => [
      cumSum(g, axis, { exclusive, reverse: !reverse }),
    ],
  }),
} satisfies Record<string, Op>;

interface CumSumAttributes {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

const scalarOrNothing = (dtype: DType, value: number | undefined) =>
  value === undefined ? undefined : tensorData(dtype, [], [value]);
