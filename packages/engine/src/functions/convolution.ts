import type { Shape, Tensor } from '../tensor.ts';
import { apply, applyAll } from './apply.ts';

/** How pads follow from the sizes, as older ONNX files ask for it: output = ceil(input / stride), or no pads. */
export type AutoPad = 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';

type PerAxis = number | readonly number[];

export interface WindowOptions {
  /** Steps between windows; 1 by default (pools: the window's own size). */
  strides?: PerAxis;
  /** Distance between the elements of a window, 1 by default. */
  dilations?: PerAxis;
  /** One number for every end of every axis; or, as in ONNX, one before every axis, then one after every axis. */
  pads?: PerAxis;
  autoPad?: AutoPad;
}

export interface ConvOptions extends WindowOptions {
  /** Channels fall into that many groups, each convolved by itself: W has in / groups channels. */
  groups?: number;
}

const perAxis = (value: PerAxis, count: number): readonly number[] =>
  typeof value === 'number' ? Array.from({ length: count }, () => value) : value;

function windowOf(
  x: Tensor,
  kernel: PerAxis,
  { strides = 1, dilations = 1, pads = 0, autoPad }: WindowOptions,
) {
  const axes = x.shape.length - 2;
  return {
    kernel: perAxis(kernel, axes),
    strides: perAxis(strides, axes),
    dilations: perAxis(dilations, axes),
    pads: perAxis(pads, 2 * axes),
    autoPad,
  };
}

/** The sizes of a kernel [., ., k1, k2, ...]. */
const kernelOf = (w: Tensor): readonly number[] => w.shape.slice(2) as readonly number[];

/**
 * Convolution over one, two or three spatial axes (cross-correlation, as in ONNX and PyTorch): x [N, C, D1, D2, ...],
 * w [M, C / groups, k1, k2, ...], b [M]; y [N, M, ...] with floor((D + pads - dilation (k - 1) - 1) / stride) + 1 along
 * each axis (LeCun et al., 1989).
 */
export function conv(x: Tensor, w: Tensor, b?: Tensor, options: ConvOptions = {}): Tensor {
  const inputs = b === undefined ? [x, w] : [x, w, b];
  return apply('Conv', inputs, { ...windowOf(x, kernelOf(w), options), groups: options.groups ?? 1 });
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Added to the end of each axis: which of the sizes that a strided convolution maps to the same is meant. */
  outputPadding?: PerAxis;
  /** The spatial sizes of y, from which the pads follow. */
  outputShape?: readonly number[];
}

/**
 * Transposed convolution, the derivative of `conv` by its input: x [N, C, D1, D2, ...], w [C, M / groups, k1, k2, ...],
 * b [M]; y [N, M, ...] with (D - 1) stride + dilation (k - 1) + 1 - pads + outputPadding along each axis (Zeiler et al.,
 * 2010).
 */
export function convTranspose(
  x: Tensor,
  w: Tensor,
  b?: Tensor,
  { outputPadding = 0, outputShape, ...options }: ConvTransposeOptions = {},
): Tensor {
  const inputs = b === undefined ? [x, w] : [x, w, b];
  return apply('ConvTranspose', inputs, {
    ...windowOf(x, kernelOf(w), options),
    groups: options.groups ?? 1,
    outputPadding: perAxis(outputPadding, x.shape.length - 2),
    outputShape,
  });
}

/**
 * Columns [N, C * k1 * k2 * ..., windows] added up to images [N, C, ...image], each where its window lies: the derivative of
 * cutting the windows out.
 */
export function col2Im(
  columns: Tensor,
  image: readonly number[],
  kernel: readonly number[],
  { strides = 1, dilations = 1, pads = 0 }: Omit<WindowOptions, 'autoPad'> = {},
): Tensor {
  const axes = image.length;
  const window = { strides: perAxis(strides, axes), dilations: perAxis(dilations, axes) };
  return apply('Col2Im', [columns], { image, kernel, ...window, pads: perAxis(pads, 2 * axes) });
}

export interface PoolOptions extends WindowOptions {
  /** Counts windows that begin inside the input though they end beyond it. */
  ceilMode?: boolean;
}

function poolOf(x: Tensor, kernel: PerAxis, { strides = kernel, ceilMode = false, ...options }: PoolOptions) {
  return { ...windowOf(x, kernel, { strides, ...options }), ceilMode };
}

/** The greatest element of each window of x [N, C, D1, D2, ...]. The gradient goes to the first of equals. */
export const maxPool = (x: Tensor, kernel: PerAxis, options: PoolOptions = {}): Tensor =>
  maxPoolWithIndices(x, kernel, options).y;

/** `maxPool`, with the int64 place of each maximum in x flattened to one axis. */
export function maxPoolWithIndices(
  x: Tensor,
  kernel: PerAxis,
  options: PoolOptions = {},
): { y: Tensor; indices: Tensor } {
  const [y, indices] = applyAll('MaxPool', [x], poolOf(x, kernel, options));
  return { y: y as Tensor, indices: indices as Tensor };
}

/** Values at the places that `indices` name in a tensor of `shape` flattened to one axis, zeros elsewhere. */
export const maxUnpool = (x: Tensor, indices: Tensor, shape: Shape): Tensor =>
  apply('MaxUnpool', [x, indices], { shape });

/** The mean of each window of x [N, C, D1, D2, ...]; pads count as zeros only with `countPads`. */
export const averagePool = (
  x: Tensor,
  kernel: PerAxis,
  { countPads = false, ...options }: PoolOptions & { countPads?: boolean } = {},
): Tensor => apply('AveragePool', [x], { ...poolOf(x, kernel, options), countPads });

/** The mean of each channel of x [N, C, D1, D2, ...]: [N, C, 1, 1, ...]. */
export const globalAveragePool = (x: Tensor): Tensor => apply('GlobalAveragePool', [x]);
/** The greatest element of each channel of x [N, C, D1, D2, ...]: [N, C, 1, 1, ...]. */
export const globalMaxPool = (x: Tensor): Tensor => apply('GlobalMaxPool', [x]);
