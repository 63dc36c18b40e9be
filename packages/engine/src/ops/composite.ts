import { pullBack } from '../backward.ts';
import type { Attributes, Op, Tensor } from '../tensor.ts';

/**
 * The gradient of an operator that ONNX Runtime computes by a kernel of its own, but whose mathematics is a composition
 * of other operators: reverse mode through that composition, written into the same graph.
 */
export const throughComposition =
  <
    I extends readonly (Tensor | undefined)[],
    A = Attributes,
    O extends readonly Tensor[] = readonly [Tensor],
  >(
    compose: (inputs: I, attributes: A) => readonly Tensor[],
  ): NonNullable<Op<I, A, O>['grad']> =>
  (_, { inputs, attributes }, gs) =>
    pullBack(
      compose(inputs, attributes),
      gs,
      inputs.filter((input) => input !== undefined),
    );
