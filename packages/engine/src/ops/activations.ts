import {
  abs,
  add,
  and,
  div,
  erf,
  exp,
  gate,
  greater,
  greaterOrEqual,
  hardSigmoid,
  less,
  lessOrEqual,
  mul,
  reciprocal,
  sigmoid,
  softplus,
  sub,
  tanh,
} from '../operators.ts';
import { broadcastShapes, formatShape, sameShape } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { operator, requireSameType, unary, unbroadcast } from './operator.ts';

/** Those of the function; each has one or two. */
type Parameters = Readonly<Record<'alpha' | 'beta' | 'gamma', number>>;

/** y = f(x) with parameters, floats in ONNX too. The derivative is dy/dx. */
const parametric = (derivative: (x: Tensor, y: Tensor, parameters: Parameters) => Tensor): Op =>
  operator<readonly [Tensor], Parameters>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes }) => ({ type, inputs, floats: attributes }),
    grad: (g, { inputs: [x], outputs: [y], attributes }) => [mul(g, derivative(x, y, attributes))],
  });

/** `above` where x > 0, else `below`: of each only what is chosen. */
const split = (x: Tensor, above: number, below: Tensor): Tensor =>
  add(mul(gate(one(x), greater(x, 0)), above), gate(below, lessOrEqual(x, 0)));

const one = (x: Tensor): Tensor => x.graph.constant(1, [], x.dtype);

/** The standard normal distribution and its density. */
const normalCdf = (x: Tensor): Tensor => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
const normalDensity = (x: Tensor): Tensor => mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));

/** Leaves nothing between 0 and 1 that matters, and does not overflow for y up to 1e8. */
const STEEP = 1e30;

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

/** d/dx x (1 + tanh u) / 2 for u = sqrt(2 / pi) (x + 0.044715 x^3). */
function geluTanhDerivative(x: Tensor): Tensor {
  const square = mul(x, x);
  const t = tanh(mul(mul(x, add(mul(square, TANH_CUBE), 1)), TANH_SCALE));
  const slope = mul(add(mul(square, 3 * TANH_CUBE), 1), TANH_SCALE);
  return mul(add(add(t, 1), mul(mul(x, sub(1, mul(t, t))), slope)), 0.5);
}

export const activations = {
  /** The step is a steep hard sigmoid: one pass, a third of what a comparison and its cast take. */
  Relu: unary((g, _, y) => mul(g, hardSigmoid(y, STEEP, 0))),
  Sigmoid: unary((g, _, y) => mul(g, mul(y, sub(1, y)))),
  Tanh: unary((g, _, y) => mul(g, sub(1, mul(y, y)))),
  Softplus: unary((g, x) => mul(g, sigmoid(x))),
  Softsign: unary((g, x) => mul(g, reciprocal(mul(add(abs(x), 1), add(abs(x), 1))))),
  HardSwish: unary((g, x) => {
    const between = gate(add(mul(x, 1 / 3), 0.5), and(greater(x, -3), less(x, 3)));
    return mul(g, add(between, gate(one(x), greaterOrEqual(x, 3))));
  }),
  Mish: unary((g, x) => {
    const t = tanh(softplus(x));
    return mul(g, add(t, mul(mul(x, sub(1, mul(t, t))), sigmoid(x))));
  }),
  Gelu: operator<readonly [Tensor], { approximate: 'none' | 'tanh' }>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes: { approximate } }) => ({
      type,
      inputs,
      strings: approximate === 'none' ? {} : { approximate },
    }),
    grad: (g, { inputs: [x], attributes: { approximate } }) => [
      mul(g, approximate === 'tanh' ? geluTanhDerivative(x) : add(normalCdf(x), mul(x, normalDensity(x)))),
    ],
  }),

  LeakyRelu: parametric((x, _, { alpha }) => split(x, 1, mul(one(x), alpha))),
  ThresholdedRelu: parametric((x, _, { alpha }) => gate(one(x), greater(x, alpha))),
  Elu: parametric((x, y, { alpha }) => split(x, 1, add(y, alpha))),
  Selu: parametric((x, y, { alpha, gamma }) => split(x, gamma, add(y, alpha * gamma))),
  Celu: parametric((x, y, { alpha }) => split(x, 1, add(div(y, alpha), 1))),
  HardSigmoid: parametric((x, y, { alpha }) => gate(mul(one(x), alpha), and(greater(y, 0), less(y, 1)))),

  /** The slope of the negative side is learned (He et al., 2015); it broadcasts to x. */
  PRelu: operator<readonly [x: Tensor, slope: Tensor]>({
    infer([x, slope]) {
      if (!sameShape(broadcastShapes(x.shape, slope.shape), x.shape))
        throw new Error(`the slope ${formatShape(slope.shape)} must broadcast to x`);
      return [{ dtype: requireSameType(x, slope), shape: x.shape }];
    },
    emit: ({ type, inputs }) => ({ type, inputs }),
    grad(g, { inputs: [x, slope] }) {
      const below = gate(g, less(x, 0));
      return [add(gate(g, greaterOrEqual(x, 0)), mul(below, slope)), unbroadcast(mul(below, x), slope)];
    },
  }),
} satisfies Record<string, Op>;
