import { add, mul, reduceMean, sub } from '../operators.ts';
import type { Tensor } from '../tensor.ts';

/** mean((y - t)^2), a scalar. */
export function meanSquaredError(y: Tensor, target: Tensor): Tensor {
  const error = sub(y, target);
  return reduceMean(mul(error, error));
}

/** x * x. */
export const square = (x: Tensor): Tensor => mul(x, x);

/** One of the losses of an objective, a scalar, and how much it counts; 1 by default. */
export interface ObjectivePart {
  loss: Tensor;
  weight?: number;
}

/** The weighted sum of several losses, and each of them, unweighted, as a measure under its name. */
export function mixedObjective(parts: Readonly<Record<string, ObjectivePart>>): {
  loss: Tensor;
  measures: Record<string, Tensor>;
} {
  const entries = Object.entries(parts);
  if (entries.length === 0) throw new TypeError('an objective needs a loss');
  return {
    loss: entries.map(([, { loss, weight = 1 }]) => (weight === 1 ? loss : mul(loss, weight))).reduce(add),
    measures: Object.fromEntries(entries.map(([name, { loss }]) => [name, loss])),
  };
}
