import {
  averagePool,
  type ConvOptions,
  type ConvTransposeOptions,
  conv,
  convTranspose,
  maxPool,
} from '../../operators.ts';
import { type Case, type Elements, indicesOf, sum } from './case.ts';

interface Geometry {
  strides?: readonly number[];
  dilations?: readonly number[];
  before?: readonly number[];
}

/** The place that tap k of window o looks at along each axis. */
const placeOf = (o: readonly number[], k: readonly number[], { strides, dilations, before }: Geometry) =>
  o.map((at, a) => at * (strides?.[a] ?? 1) + (k[a] as number) * (dilations?.[a] ?? 1) - (before?.[a] ?? 0));

const inside = (place: readonly number[], sizes: readonly number[]): boolean =>
  place.every((at, axis) => at >= 0 && at < (sizes[axis] as number));

export interface ConvCase extends Geometry {
  x: readonly number[];
  w: readonly number[];
  bias?: boolean;
  options?: ConvOptions & ConvTransposeOptions;
}

export const convolutionCase = ({ x, w, bias, options = {}, ...geometry }: ConvCase): Case => {
  const groups = options.groups ?? 1;
  const [M, inner, ...kernel] = w as [number, number, ...number[]];
  const sizes = x.slice(2);
  return {
    inputs: bias ? [x, w, [M]] : [x, w],
    build: (x, w, b) => conv(x, w, b, options),
    reference:
      (x, w, b) =>
      (n, m, ...o) => {
        const first = Math.floor(m / (M / groups)) * inner;
        return (
          (bias ? b(m) : 0) +
          sum(inner, (c) =>
            indicesOf(kernel).reduce((total, k) => {
              const place = placeOf(o, k, geometry);
              return total + (inside(place, sizes) ? x(n, first + c, ...place) * w(m, c, ...k) : 0);
            }, 0),
          )
        );
      },
  };
};

/** y[o] collects x[i] w[k] wherever tap k of window i looks at o. */
export const transposedCase = ({ x, w, bias, options = {}, ...geometry }: ConvCase): Case => {
  const groups = options.groups ?? 1;
  const [C, perGroup, ...kernel] = w as [number, number, ...number[]];
  const { strides = [], dilations = [], before = [] } = geometry;
  const inner = C / groups;
  return {
    inputs: bias ? [x, w, [perGroup * groups]] : [x, w],
    build: (x, w, b) => convTranspose(x, w, b, options),
    reference:
      (value, weight, b) =>
      (n, m, ...o) => {
        const first = Math.floor(m / perGroup) * inner;
        const collected = indicesOf(kernel).reduce((total, k) => {
          const window = o.map(
            (at, a) => (at + (before[a] ?? 0) - (k[a] as number) * (dilations[a] ?? 1)) / (strides[a] ?? 1),
          );
          if (!window.every(Number.isInteger) || !inside(window, x.slice(2))) return total;
          return (
            total + sum(inner, (c) => value(n, first + c, ...window) * weight(first + c, m % perGroup, ...k))
          );
        }, 0);
        return collected + (bias ? b(m) : 0);
      },
  };
};

export interface PoolCase extends Geometry {
  x: readonly number[];
  kernel: readonly number[];
}

/** What a window sees of the input. */
const seen = (x: Elements, [n, c, ...o]: readonly number[], { x: shape, kernel, ...geometry }: PoolCase) =>
  indicesOf(kernel)
    .map((k) => placeOf(o, k, geometry))
    .filter((place) => inside(place, shape.slice(2)))
    .map((place) => x(n!, c!, ...place));

export const maxPoolCase = (
  pool: PoolCase & { options: Parameters<typeof maxPool>[2]; data?: Case['inputs'] },
): Case => ({
  inputs: pool.data ?? [pool.x],
  build: (x) => maxPool(x, pool.kernel, pool.options),
  reference:
    (x) =>
    (...at) =>
      Math.max(...seen(x, at, pool)),
});

export const averagePoolCase = (
  pool: PoolCase & { options: Parameters<typeof averagePool>[2]; count?: number },
): Case => ({
  inputs: [pool.x],
  build: (x) => averagePool(x, pool.kernel, pool.options),
  reference:
    (x) =>
    (...at) => {
      const values = seen(x, at, pool);
      return values.reduce((total, value) => total + value, 0) / (pool.count ?? values.length);
    },
});
