import {
  col2Im,
  concat,
  conv,
  convTranspose,
  matmul,
  pad,
  reduceSum,
  reshape,
  slice,
  slices,
  transpose,
  transposeLast,
} from '../operators.ts';
import { dimAt, formatShape, isStatic, sizeOfShape } from '../shape.ts';
import type { Shape, Tensor } from '../tensor.ts';
import { padsOf, transposedWindow, type Window } from './window.ts';

export interface ConvAttributes extends Window {
  groups: number;
}

/** Up to this many elements (16 MB) the gradient of x goes through columns for all examples at once. */
const COLUMNS_AT_ONCE = 2 ** 22;
/** From this many input channels on, the gradient of W is a product for each place of the kernel. */
const CHANNELS_OF_PRODUCTS = 16;

export function spatialOf({ name, shape }: Tensor): readonly number[] {
  const spatial = shape.slice(2);
  if (isStatic(spatial)) return spatial;
  throw new Error(`the gradient needs the spatial axes of ${name} ${formatShape(shape)} known in the graph`);
}

/** [[before, after], ...] as [before, ..., after, ...]. */
export const endsOf = (pads: readonly (readonly [number, number])[]): readonly number[] => [
  ...pads.map(([before]) => before),
  ...pads.map(([, after]) => after),
];

/** The sums of each channel of g [N, M, ...]. ReduceSum is as fast here as a product with ones. */
export const channelSums = (g: Tensor): Tensor =>
  reduceSum(g, [0, ...g.shape.map((_, axis) => axis).slice(2)]);

/** The beginning of each axis, as long as `shape` says. */
export const crop = (x: Tensor, shape: Shape): Tensor =>
  shape.reduce((y: Tensor, dim, axis) => (dim === y.shape[axis] ? y : slice(y, axis, 0, dim as number)), x);

/**
 * dL/dx for y = conv(x, W) and g = dL/dy: W' g, every column added where its window was. In one product for all examples
 * that takes half as long as the transposed convolution for small images, and no less memory for large ones.
 */
export function inputGradient(x: Tensor, w: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  const [from, to] = [spatialOf(x), spatialOf(g)];
  const { groups, kernel, strides, dilations } = attributes;
  const [M, rows] = [dimAt(w.shape, 0), sizeOfShape(w.shape.slice(1))];
  const N = dimAt(x.shape, 0);
  if (
    typeof N === 'number' &&
    groups === 1 &&
    to.length === 2 &&
    N * rows * sizeOfShape(to) <= COLUMNS_AT_ONCE
  ) {
    const columns = matmul(transpose(reshape(w, [M, rows])), reshape(g, [N, M, sizeOfShape(to)]));
    return col2Im(columns, from, kernel, { strides, dilations, pads: endsOf(padsOf(from, attributes)) });
  }
  return convTranspose(g, w, undefined, { ...transposedWindow(from, to, attributes), groups });
}

/**
 * dL/dW [M, C / groups, k...] for y = conv(x, W) and g = dL/dy: dW[m, c, k] = sum over n, o of g[n, m, o] x[n, c, s o + d k].
 *
 * For few channels a convolution of x by g with strides and dilations exchanged, every example a group of its own; for
 * many a product for each place k. Measured at 2 threads: LeNet's layers 0.8 and 0.7 ms against 0.9 to 1.4 by
 * products or slices side by side, 32 to 64 channels 12 ms against 3.6 by products.
 */
export function kernelGradient(x: Tensor, g: Tensor, window: Window, groups: number): Tensor {
  if (!isStatic(x.shape) || !isStatic(g.shape))
    throw new Error(`the gradient needs shapes known in the graph, not ${formatShape(x.shape)}`);
  const channels = (x.shape[1] as number) / groups;
  const taps = sizeOfShape(window.kernel);
  return groups === 1 && (taps === 1 || channels >= CHANNELS_OF_PRODUCTS)
    ? kernelGradientByProducts(x, g, window)
    : kernelGradientByConvolution(x, g, window, groups);
}

function kernelGradientByConvolution(x: Tensor, g: Tensor, window: Window, groups: number): Tensor {
  const [N, inner, ...from] = x.shape as readonly [number, number, ...number[]];
  const [, M, ...to] = g.shape as readonly [number, number, ...number[]];
  const C = inner / groups;
  const { kernel, strides, dilations } = window;
  const exchanged = { strides: dilations, dilations: strides, pads: endsOf(padsOf(from, window)) };
  const signals = swap(reshape(x, [N * groups, C, ...from]));
  const products = conv(signals, reshape(g, [N * M, 1, ...to]), undefined, {
    ...exchanged,
    groups: N * groups,
  });
  const each = reshape(crop(products, [C, N * M, ...kernel]), [C, N, M, ...kernel]);
  return swap(reduceSum(each, 1));
}

function kernelGradientByProducts(x: Tensor, g: Tensor, window: Window): Tensor {
  const [N, C, ...from] = x.shape as readonly [number, number, ...number[]];
  const [, M, ...to] = g.shape as readonly [number, number, ...number[]];
  const pads = padsOf(from, window);
  const padded = pads.flat().every((size) => size === 0)
    ? x
    : pad(x, [0, 0, ...pads.map(([before]) => before)], [0, 0, ...pads.map(([, after]) => after)]);
  const places = window.kernel.reduce<number[][]>(
    (heads, size) => heads.flatMap((head) => Array.from({ length: size }, (_, at) => [...head, at])),
    [[]],
  );
  const rows = reshape(g, [N, M, sizeOfShape(to)]);
  const products = places.map((place) => {
    const ranges = place.map((at, axis) => {
      const [step, start] = [window.strides[axis] as number, at * (window.dilations[axis] as number)];
      return { axis: axis + 2, start, end: start + ((to[axis] as number) - 1) * step + 1, step };
    });
    const seen = slices(padded, ranges);
    return matmul(rows, transposeLast(reshape(seen, [N, C, sizeOfShape(to)])));
  });
  const each = reshape(reduceSum(concat(products, 2), 0), [M, places.length, C]);
  return reshape(transposeLast(each), [M, C, ...window.kernel]);
}

/** The first two axes exchanged; where one is 1, that is a mere reshape. */
function swap(x: Tensor): Tensor {
  const [a, b, ...rest] = x.shape as readonly [number, number, ...number[]];
  if (a === 1 || b === 1) return reshape(x, [b, a, ...rest]);
  return transpose(x, [1, 0, ...rest.map((_, axis) => axis + 2)]);
}
