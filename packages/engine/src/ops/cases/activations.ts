import {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  pRelu,
  relu,
  selu,
  sigmoid,
  softplus,
  softsign,
  tanh,
  thresholdedRelu,
} from '../../operators.ts';
import { type Case, errorFunction, unary } from './case.ts';

const clamp = (x: number): number => Math.min(1, Math.max(0, x));
/** Both sides of three, where HardSwish changes. */
const wide = [-5, 5] as const;

export const activations = {
  Relu: unary(relu, (x) => Math.max(0, x)),
  Sigmoid: unary(sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(tanh, Math.tanh),
  Softplus: unary(softplus, (x) => Math.log1p(Math.exp(x))),
  Softsign: unary(softsign, (x) => x / (1 + Math.abs(x))),
  Gelu: [
    ...unary(gelu, (x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2))),
    ...unary(
      (x) => gelu(x, 'tanh'),
      (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    ),
  ],
  Mish: unary(mish, (x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
  HardSwish: unary(hardSwish, (x) => x * clamp(x / 6 + 0.5), wide),
  HardSigmoid: unary(
    (x) => hardSigmoid(x, 0.3, 0.4),
    (x) => clamp(0.3 * x + 0.4),
    wide,
  ),
  LeakyRelu: unary(
    (x) => leakyRelu(x, 0.1),
    (x) => (x > 0 ? x : 0.1 * x),
  ),
  ThresholdedRelu: unary(
    (x) => thresholdedRelu(x, 0.5),
    (x) => (x > 0.5 ? x : 0),
  ),
  Elu: unary(
    (x) => elu(x, 0.7),
    (x) => (x > 0 ? x : 0.7 * Math.expm1(x)),
  ),
  Selu: unary(
    (x) => selu(x, 1.5, 1.1),
    (x) => 1.1 * (x > 0 ? x : 1.5 * Math.expm1(x)),
  ),
  Celu: unary(
    (x) => celu(x, 0.7),
    (x) => (x > 0 ? x : 0.7 * Math.expm1(x / 0.7)),
  ),
  PRelu: [
    {
      inputs: [[2, 3], [3]],
      build: pRelu,
      reference: (x, slope) => (i, j) => (x(i, j) > 0 ? x(i, j) : slope(j) * x(i, j)),
    },
  ],
} satisfies Record<string, Case[]>;
