import { dtypes, tensorData } from '../dtype.ts';
import {
  add,
  and,
  cast,
  cos,
  div,
  erf,
  exp,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  log,
  mul,
  neg,
  not,
  pow,
  sigmoid,
  sign,
  sin,
  sub,
} from '../operators.ts';
import { broadcastShapes } from '../shape.ts';
import type { DType, Op, Tensor } from '../tensor.ts';
import { asIs, binary, operator, requireSameType, requireType, unary, unbroadcast } from './operator.ts';

const SQRT_HALF = Math.SQRT1_2;
const INVERSE_SQRT_TAU = 1 / Math.sqrt(2 * Math.PI);

/** The standard normal distribution and its density. */
const normalCdf = (x: Tensor): Tensor => mul(add(erf(mul(x, SQRT_HALF)), 1), 0.5);
const normalDensity = (x: Tensor): Tensor => mul(exp(mul(mul(x, x), -0.5)), INVERSE_SQRT_TAU);

/** g where the condition holds, else 0. A product with the cast is 20 times as fast as Where (0.1 ms for 2.2). */
const gate = (g: Tensor, condition: Tensor): Tensor => mul(g, cast(condition, g.dtype));

export const elementwise = {
  Add: binary((g) => [g, g]),
  Sub: binary((g) => [g, neg(g)]),
  Mul: binary((g, a, b) => [mul(g, b), mul(g, a)]),
  Div: binary((g, _, b, y) => [div(g, b), neg(mul(g, div(y, b)))]),
  Pow: binary((g, a, b, y) => [mul(g, mul(b, pow(a, sub(b, 1)))), mul(g, mul(y, log(a)))]),
  /** Where both are equal the gradient goes to the first. */
  Max: binary((g, a, b) => [gate(g, greaterOrEqual(a, b)), gate(g, less(a, b))]),
  Min: binary((g, a, b) => [gate(g, lessOrEqual(a, b)), gate(g, greater(a, b))]),

  Neg: unary((g) => neg(g)),
  Abs: unary((g, x) => mul(g, sign(x))),
  Sign: unary(null),
  Floor: unary(null),
  Exp: unary((g, _, y) => mul(g, y)),
  Log: unary((g, x) => div(g, x)),
  Reciprocal: unary((g, _, y) => neg(mul(g, mul(y, y)))),
  Sqrt: unary((g, _, y) => div(g, mul(y, 2))),
  Sin: unary((g, x) => mul(g, cos(x))),
  Cos: unary((g, x) => neg(mul(g, sin(x)))),
  Erf: unary((g, x) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  Relu: unary((g, _, y) => gate(g, greater(y, 0))),
  Sigmoid: unary((g, _, y) => mul(g, mul(y, sub(1, y)))),
  Tanh: unary((g, _, y) => mul(g, sub(1, mul(y, y)))),
  Softplus: unary((g, x) => mul(g, sigmoid(x))),
  Gelu: unary((g, x) => mul(g, add(normalCdf(x), mul(x, normalDensity(x))))),
  Identity: unary((g) => g),

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
} satisfies Record<string, Op>;

const scalarOrNothing = (dtype: DType, value: number | undefined) =>
  value === undefined ? undefined : tensorData(dtype, [], [value]);
