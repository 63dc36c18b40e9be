/**
 * What is done to a stretch of the training's memory, which holds areas of equal size: parameters p, gradients g, first
 * moments m, second moments v, and where they are used the sum s of the gradients of several batches and the average a
 * of the parameters. `from` and `to` are byte offsets into each area, multiples of 16.
 *
 * There are two implementations, equal bit for bit: `update-wasm.ts`, which trains, and `update-reference.ts`, which
 * says in plain TypeScript what it does.
 */
export interface Update {
  /** The sum of g^2, in double precision. */
  sumOfSquares(from: number, to: number): number;
  /** g limited to [-limit, limit]. */
  clip(from: number, to: number, limit: number): void;
  /** s = s + weight g. */
  addToSum(from: number, to: number, weight: number): void;
  /** g = factor s. */
  takeSum(from: number, to: number, factor: number): void;
  /** a = a + rest (p - a): an exponential average that forgets by 1 - rest. */
  average(from: number, to: number, rest: number): void;

  /** g' = scale g + l2 p;  m = momentum m + g';  p = keep p - rate m  (Polyak, 1964). */
  sgd(from: number, to: number, factors: SgdFactors): void;
  /** As sgd, but p = keep p - rate (g' + momentum m)  (Nesterov, 1983; Sutskever et al., 2013). */
  nesterov(from: number, to: number, factors: SgdFactors): void;
  /**
   * g' = scale g + l2 p;  m = beta1 m + (1 - beta1) g';  v = beta2 v + (1 - beta2) g'^2;
   * p = keep p - rate m / (root sqrt(v) + epsilon)  (Kingma and Ba, 2015; Loshchilov and Hutter, 2019),
   * with the bias corrections inside rate = learningRate / (1 - beta1^t) and root = 1 / sqrt(1 - beta2^t).
   */
  adam(from: number, to: number, factors: AdamFactors): void;
  /**
   * g' = scale g;  p = keep p - rate sign(beta1 m + (1 - beta1) g');  m = beta2 m + (1 - beta2) g'
   * (Chen et al., 2023, algorithm 2).
   */
  lion(from: number, to: number, factors: LionFactors): void;
  /**
   * g' = scale g;  m = momentum m + (1 - momentum) g';  g = momentum m + (1 - momentum) g': what Muon makes orthogonal
   * and puts into v (Jordan et al., 2024).
   */
  lookAhead(from: number, to: number, factors: LookAheadFactors): void;
  /** p = keep p - rate v. */
  descend(from: number, to: number, factors: DescendFactors): void;
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

export interface LionFactors {
  scale: number;
  keep: number;
  beta1: number;
  beta2: number;
  rate: number;
}

export interface LookAheadFactors {
  scale: number;
  momentum: number;
}

export interface DescendFactors {
  keep: number;
  rate: number;
}

/** The areas of a training's memory, in words as in the formulas above: p, g, m, v, s, a. */
export type Area = 'parameter' | 'gradient' | 'first' | 'second' | 'sum' | 'average';

/** Where the areas are: one after another in this order, each of so many bytes. */
export interface AreaPlan {
  readonly areas: readonly Area[];
  readonly areaBytes: number;
}
