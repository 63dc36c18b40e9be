import type { Initializer } from './tensor.ts';

const draw =
  (one: (random: Parameters<Initializer>[0], shape: readonly number[]) => () => number): Initializer =>
  (random, shape) => {
    const next = one(random, shape);
    const size = shape.reduce((product, dim) => product * dim, 1);
    return Float32Array.from({ length: size }, next);
  };

/** Weights are [in, out]: the last dimension is the fan-out, all others together the fan-in. */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const fanOut = shape.at(-1) ?? 1;
  return { fanIn: shape.slice(0, -1).reduce((product, dim) => product * dim, 1), fanOut };
}

export const zeros: Initializer = draw(() => () => 0);
export const ones: Initializer = draw(() => () => 1);
export const fill = (value: number): Initializer => draw(() => () => value);

/** Normal with mean 0. */
export const normal = (std: number): Initializer => draw((random) => () => std * random.normal());

/** Uniform in [-a, a). */
export const uniform = (a: number): Initializer => draw((random) => () => a * (2 * random.uniform() - 1));

/** Uniform with variance 2 / (fanIn + fanOut), for tanh and sigmoid (Glorot and Bengio, 2010). */
export const xavier: Initializer = (random, shape) => {
  const { fanIn, fanOut } = fans(shape);
  return uniform(Math.sqrt(6 / (fanIn + fanOut)))(random, shape);
};

/** Normal with variance 2 / fanIn, for ReLU and its like (He et al., 2015). */
export const kaiming: Initializer = (random, shape) =>
  normal(Math.sqrt(2 / fans(shape).fanIn))(random, shape);
