import { tensorData } from '../../dtype.ts';
import {
  averagePool,
  type ConvOptions,
  type ConvTransposeOptions,
  conv,
  convTranspose,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  maxPoolWithIndices,
  maxUnpool,
} from '../../operators.ts';
import { asFloat, type Case, type Elements, ids, sum } from './case.ts';

/** Every index of a box of these sizes. */
const indicesOf = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (heads, size) => heads.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );

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

interface ConvCase extends Geometry {
  x: readonly number[];
  w: readonly number[];
  bias?: boolean;
  options?: ConvOptions & ConvTransposeOptions;
}

const convolutionCase = ({ x, w, bias, options = {}, ...geometry }: ConvCase): Case => {
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
const transposedCase = ({ x, w, bias, options = {}, ...geometry }: ConvCase): Case => {
  const groups = options.groups ?? 1;
  const [C, perGroup, ...kernel] = w as [number, number, ...number[]];
  const inner = C / groups;
  return {
    inputs: bias ? [x, w, [perGroup * groups]] : [x, w],
    build: (x, w, b) => convTranspose(x, w, b, options),
    reference:
      (value, weight, b) =>
      (n, m, ...o) => {
        const group = Math.floor(m / perGroup);
        return (
          (bias ? b(m) : 0) +
          sum(inner, (c) =>
            indicesOf(x.slice(2)).reduce((total, i) => {
              const taps = indicesOf(kernel).filter((k) =>
                placeOf(i, k, geometry).every((at, axis) => at === o[axis]),
              );
              const channel = group * inner + c;
              return (
                total +
                taps.reduce((t, k) => t + value(n, channel, ...i) * weight(channel, m % perGroup, ...k), 0)
              );
            }, 0),
          )
        );
      },
  };
};

interface PoolCase extends Geometry {
  x: readonly number[];
  kernel: readonly number[];
}

/** What a window sees of the input. */
const seen = (x: Elements, [n, c, ...o]: readonly number[], { x: shape, kernel, ...geometry }: PoolCase) =>
  indicesOf(kernel)
    .map((k) => placeOf(o, k, geometry))
    .filter((place) => inside(place, shape.slice(2)))
    .map((place) => x(n!, c!, ...place));

const maxPoolCase = (
  pool: PoolCase & { options: Parameters<typeof maxPool>[2]; data?: Case['inputs'] },
): Case => ({
  inputs: pool.data ?? [pool.x],
  build: (x) => maxPool(x, pool.kernel, pool.options),
  reference:
    (x) =>
    (...at) =>
      Math.max(...seen(x, at, pool)),
});

const averagePoolCase = (
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

export const convolution = {
  Conv: [
    convolutionCase({ x: [2, 3, 5, 4], w: [4, 3, 3, 2], bias: true }),
    convolutionCase({
      x: [2, 2, 6, 5],
      w: [3, 2, 3, 3],
      options: { strides: 2, pads: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    convolutionCase({
      x: [2, 4, 7, 6],
      w: [6, 2, 2, 3],
      bias: true,
      options: { groups: 2, dilations: [2, 1], pads: [1, 0, 0, 2] },
      dilations: [2, 1],
      before: [1, 0],
    }),
    // Depthwise.
    convolutionCase({ x: [2, 3, 4, 4], w: [3, 1, 3, 3], options: { groups: 3, pads: 1 }, before: [1, 1] }),
    // One axis, an even kernel and pads from the sizes.
    convolutionCase({ x: [2, 2, 7], w: [3, 2, 4], options: { autoPad: 'SAME_UPPER' }, before: [1] }),
    convolutionCase({
      x: [1, 2, 8],
      w: [2, 2, 3],
      options: { autoPad: 'SAME_LOWER', strides: 2 },
      strides: [2],
      before: [1],
    }),
    convolutionCase({ x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 2], bias: true }),
    // Many channels, and a kernel of one place: the gradient of W by products.
    convolutionCase({
      x: [2, 17, 6, 5],
      w: [2, 17, 2, 2],
      options: { strides: [2, 1], pads: 1, dilations: [1, 2] },
      strides: [2, 1],
      dilations: [1, 2],
      before: [1, 1],
    }),
    convolutionCase({ x: [2, 3, 4, 4], w: [5, 3, 1, 1], bias: true }),
  ],
  ConvTranspose: [
    transposedCase({ x: [2, 3, 3, 2], w: [3, 4, 3, 2], bias: true }),
    transposedCase({
      x: [2, 2, 3, 3],
      w: [2, 3, 3, 3],
      bias: true,
      options: { strides: 2, pads: 1, outputPadding: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    transposedCase({
      x: [1, 4, 3, 3],
      w: [4, 2, 2, 3],
      options: { groups: 2, strides: [1, 2], dilations: [2, 1], pads: [1, 0, 0, 1] },
      strides: [1, 2],
      dilations: [2, 1],
      before: [1, 0],
    }),
    transposedCase({ x: [2, 2, 4], w: [2, 3, 3], options: { strides: 2 }, strides: [2] }),
    transposedCase({
      x: [1, 2, 3, 3],
      w: [2, 1, 3, 3],
      options: { strides: 2, autoPad: 'SAME_UPPER' },
      strides: [2, 2],
      before: [0, 0],
    }),
    transposedCase({
      x: [1, 2, 3],
      w: [2, 1, 4],
      options: { strides: 2, outputShape: [5] },
      strides: [2],
      before: [2],
    }),
  ],
  MaxPool: [
    maxPoolCase({ x: [2, 2, 4, 6], kernel: [2, 3], options: {}, strides: [2, 3] }),
    maxPoolCase({
      x: [1, 2, 5, 5],
      kernel: [3, 3],
      options: { strides: 2, pads: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    maxPoolCase({
      x: [1, 1, 7, 5],
      kernel: [2, 2],
      options: { dilations: 2, ceilMode: true, strides: [3, 2] },
      strides: [3, 2],
      dilations: [2, 2],
    }),
    maxPoolCase({ x: [2, 1, 5], kernel: [2], options: { ceilMode: true }, strides: [2] }),
    maxPoolCase({
      x: [1, 1, 5, 4],
      kernel: [2, 2],
      options: { strides: 1, autoPad: 'SAME_LOWER' },
      before: [1, 1],
    }),
    // Of equals the first counts: PyTorch's choice, too.
    {
      inputs: [tensorData('float32', [1, 1, 4], [1, 1, 3, 3])],
      build: (x) => asFloat(maxPoolWithIndices(x, 2).indices),
      reference: () => (_, __, o) => [0, 2][o]!,
    },
  ],
  MaxUnpool: [
    {
      inputs: [[1, 2, 2], ids([1, 2, 2], [1, 3, 4, 7])],
      build: (x, at) => maxUnpool(x, at, [1, 2, 4]),
      reference: (x, at) => (_, c, o) => sum(2, (k) => (at(0, c, k) === c * 4 + o ? x(0, c, k) : 0)),
    },
  ],
  AveragePool: [
    averagePoolCase({ x: [2, 2, 4, 6], kernel: [2, 3], options: {}, strides: [2, 3] }),
    averagePoolCase({
      x: [1, 2, 5, 5],
      kernel: [3, 3],
      options: { strides: 2, pads: 1 },
      strides: [2, 2],
      before: [1, 1],
    }),
    averagePoolCase({
      x: [1, 2, 5, 5],
      kernel: [3, 3],
      options: { strides: 1, pads: 1, countPads: true },
      before: [1, 1],
      count: 9,
    }),
    averagePoolCase({ x: [2, 1, 5], kernel: [2], options: { ceilMode: true }, strides: [2] }),
    averagePoolCase({
      x: [1, 1, 5, 4],
      kernel: [2, 2],
      options: { strides: 1, autoPad: 'SAME_UPPER' },
    }),
  ],
  GlobalAveragePool: [
    {
      inputs: [[2, 3, 2, 2]],
      build: (x) => globalAveragePool(x),
      reference: (x) => (n, c) => sum(4, (k) => x(n, c, k >> 1, k & 1)) / 4,
    },
  ],
  GlobalMaxPool: [
    {
      inputs: [[2, 3, 2, 2]],
      build: (x) => globalMaxPool(x),
      reference: (x) => (n, c) => Math.max(...[0, 1, 2, 3].map((k) => x(n, c, k >> 1, k & 1))),
    },
  ],
} satisfies Record<string, Case[]>;
