import { mul, reduceSum, sigmoid, sigmoidCrossEntropy, square, sub, type Tensor } from '@banyan/engine';

/** How likely a decoder's output z makes the data x. Everything is [N, D]; `nats` sums over D to [N]. */
export interface Likelihood {
  /** The mean of x under the decoder. */
  mean(z: Tensor): Tensor;
  /** -log p(x | z), up to a constant. */
  nats(x: Tensor, z: Tensor): Tensor;
}

export const likelihoods: Record<'bernoulli' | 'gaussian', Likelihood> = {
  /** For values in [0, 1]: -x log s(z) - (1 - x) log(1 - s(z)), with s the sigmoid. */
  bernoulli: {
    mean: sigmoid,
    nats: (x, z) => reduceSum(sigmoidCrossEntropy(z, x), 1),
  },
  /** For any values, with unit variance: |x - z|^2 / 2. */
  gaussian: {
    mean: (z) => z,
    nats: (x, z) => mul(reduceSum(square(sub(x, z)), 1), 0.5),
  },
};
