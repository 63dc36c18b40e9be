/**
 * One update of the parameters in a stretch of memory. The memory holds areas of equal size: parameters p,
 * gradients g, first moments m and, for adam, second moments v. `from` and `to` are byte offsets into the first, multiples of 16.
 *
 * There are two implementations, equal bit for bit: `update-wasm.ts`, which trains, and `update-reference.ts`, which
 * says in plain TypeScript what it does.
 */
export interface Update {
  /** The sum of g^2, in double precision. */
  sumOfSquares(from: number, to: number): number;
  /** g' = scale g + l2 p;  m = momentum m + g';  p = keep p - rate m  (Polyak, 1964). */
  sgd(from: number, to: number, factors: SgdFactors): void;
  /**
   * g' = scale g + l2 p;  m = beta1 m + (1 - beta1) g';  v = beta2 v + (1 - beta2) g'^2;
   * p = keep p - rate m / (root sqrt(v) + epsilon)  (Kingma and Ba, 2015; Loshchilov and Hutter, 2019),
   * with the bias corrections inside rate = learningRate / (1 - beta1^t) and root = 1 / sqrt(1 - beta2^t).
   */
  adam(from: number, to: number, factors: AdamFactors): void;
}

export interface SgdFactors {
  /** What clipping leaves of the gradient. */
  scale: number;
  /** Weight decay as part of the gradient (sgd, adam). */
  l2: number;
  /** Weight decay apart from the gradient (adamw): 1 - learningRate * weightDecay. */
  keep: number;
  momentum: number;
  rate: number;
}

export interface AdamFactors {
  scale: number;
  l2: number;
  keep: number;
  beta1: number;
  beta2: number;
  rate: number;
  root: number;
  epsilon: number;
}
