import type { Tensor } from '../tensor.ts';
import { apply, unary } from './apply.ts';

export const relu = unary('Relu');
export const sigmoid = unary('Sigmoid');
export const tanh = unary('Tanh');
/** log(1 + exp x), computed without overflow. */
export const softplus = unary('Softplus');
/** x / (1 + |x|). */
export const softsign = unary('Softsign');
/** x Phi(x) (Hendrycks and Gimpel, 2016): exactly, by erf, or approximately by tanh. */
export const gelu = (x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor =>
  apply('Gelu', [x], { approximate });
/** x tanh(softplus x) (Misra, 2019). */
export const mish = unary('Mish');
/** x max(0, min(1, x / 6 + 1 / 2)) (Howard et al., 2019). */
export const hardSwish = unary('HardSwish');
/** max(0, min(1, alpha x + beta)). */
export const hardSigmoid = (x: Tensor, alpha = 0.2, beta = 0.5): Tensor =>
  apply('HardSigmoid', [x], { alpha, beta });
/** x, or alpha x where it is negative (Maas et al., 2013). */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor => apply('LeakyRelu', [x], { alpha });
/** x, or slope x where it is negative, with a learned slope that broadcasts to x (He et al., 2015). */
export const pRelu = (x: Tensor, slope: Tensor): Tensor => apply('PRelu', [x, slope]);
/** x above alpha, else 0. */
export const thresholdedRelu = (x: Tensor, alpha = 1): Tensor => apply('ThresholdedRelu', [x], { alpha });
/** x, or alpha (exp x - 1) where it is negative (Clevert et al., 2016). */
export const elu = (x: Tensor, alpha = 1): Tensor => apply('Elu', [x], { alpha });
/** gamma times elu (Klambauer et al., 2017), whose constants keep mean 0 and variance 1. */
export const selu = (
  x: Tensor,
  alpha = 1.67326319217681884765625,
  gamma = 1.05070102214813232421875,
): Tensor => apply('Selu', [x], { alpha, gamma });
/** x, or alpha (exp(x / alpha) - 1) where it is negative (Barron, 2017). */
export const celu = (x: Tensor, alpha = 1): Tensor => apply('Celu', [x], { alpha });
