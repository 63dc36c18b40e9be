import { mul, reduceMean, sub } from '../operators.ts';
import type { Tensor } from '../tensor.ts';

/** mean((y - t)^2), a scalar. */
export function meanSquaredError(y: Tensor, target: Tensor): Tensor {
  const error = sub(y, target);
  return reduceMean(mul(error, error));
}

/** x * x. */
export const square = (x: Tensor): Tensor => mul(x, x);
