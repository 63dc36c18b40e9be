import { isStatic, sameShape } from '../shape.ts';
import type { Dim, DType, Shape, Tensor } from '../tensor.ts';
import { along, apply, applyAll, axesOf, axisOf, lift, type Operand, unary } from './apply.ts';

export type Coordinates =
  | 'half_pixel'
  | 'half_pixel_symmetric'
  | 'pytorch_half_pixel'
  | 'align_corners'
  | 'asymmetric';

export type PadMode = 'constant' | 'reflect' | 'edge' | 'wrap';

/**
 * The same elements in another shape; one dimension may be -1, the rest. A symbolic dimension keeps its place, falls
 * into the -1, or comes with `at`, the shape as a run-time int64 tensor.
 */
export const reshape = (x: Tensor, shape: Shape, at?: Tensor): Tensor =>
  sameShape(x.shape, shape) ? x : apply('Reshape', at === undefined ? [x] : [x, at], { shape });
/** x in the shape of another tensor. */
export const reshapeAs = (x: Tensor, like: Tensor): Tensor =>
  isStatic(like.shape) ? reshape(x, like.shape) : reshape(x, like.shape, shapeOf(like));
/** Axes in the order `permutation`; reversed unless it is given. */
export const transpose = (x: Tensor, permutation = x.shape.map((_, axis) => axis).toReversed()): Tensor =>
  apply('Transpose', [x], { permutation });
/** The last two axes exchanged. */
export const transposeLast = (x: Tensor): Tensor => {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).toReversed()]);
};
/** Tensors side by side along an axis; all other axes are equal. */
export const concat = (tensors: readonly Tensor[], axis = -1): Tensor =>
  along('Concat', tensors as [Tensor, ...Tensor[]], axis);
/** Parts of the given sizes, or that many equal parts, along an axis. */
export const split = (x: Tensor, parts: number | readonly number[], axis = -1): readonly Tensor[] => {
  const at = axisOf('Split', x, axis);
  const dim = x.shape[at];
  const sizes =
    typeof parts !== 'number'
      ? parts
      : Array.from({ length: parts }, () => (typeof dim === 'number' ? dim / parts : Number.NaN));
  return applyAll('Split', [x], { sizes, axis: at });
};
/**
 * Every `step`-th element from `start` to before `end` along an axis, to its last one if `end` is left out; negative
 * positions count from the end, a negative step goes backwards.
 */
export const slice = (x: Tensor, axis: number, start: number, end?: number, step = 1): Tensor =>
  slices(x, [{ axis, start, step, ...(end !== undefined && { end }) }]);
export interface AxisRange {
  axis: number;
  start: number;
  end?: number;
  step?: number;
}
/** `slice` along several axes at once. */
export const slices = (x: Tensor, ranges: readonly AxisRange[]): Tensor =>
  apply('Slice', [x], {
    axes: ranges.map(({ axis }) => axisOf('Slice', x, axis)),
    starts: ranges.map(({ start }) => start),
    ends: ranges.map(({ end, step = 1 }) => end ?? (step > 0 ? Infinity : -Infinity)),
    steps: ranges.map(({ step = 1 }) => step),
  });
/**
 * Borders: `before[i]` and `after[i]` elements along axis i, of a constant value; or of x itself, mirrored without its
 * edge, its edge repeated, or from its other end. Negative constant borders cut off.
 */
export const pad = (
  x: Tensor,
  before: readonly number[],
  after: readonly number[],
  value = 0,
  mode: PadMode = 'constant',
): Tensor => apply('Pad', [x], { before, after, value, mode });
/** x repeated to a shape it broadcasts to, which `at` gives at run time where it has symbolic dimensions. */
export const expand = (x: Tensor, shape: Shape, at?: Tensor): Tensor =>
  sameShape(x.shape, shape) ? x : apply('Expand', at === undefined ? [x] : [x, at], { shape });
export const expandAs = (x: Tensor, like: Tensor): Tensor =>
  isStatic(like.shape) ? expand(x, like.shape) : expand(x, like.shape, shapeOf(like));
/** New axes of length 1, at these places of the result. */
export const unsqueeze = (x: Tensor, axes: number | readonly number[]): Tensor => {
  const added = typeof axes === 'number' ? 1 : axes.length;
  return apply('Unsqueeze', [x], { axes: axesOf('Unsqueeze', x, axes, x.shape.length + added) });
};
/** Drops axes of length 1. */
export const squeeze = (x: Tensor, axes: number | readonly number[]): Tensor =>
  apply('Squeeze', [x], { axes: axesOf('Squeeze', x, axes) });
/** The shape at run time, or the dimensions from `start` to before `end` of it: int64 [rank]. */
export const shapeOf = (x: Tensor, start = 0, end?: number): Tensor => apply('Shape', [x], { start, end });
/** The number of elements at run time, an int64 scalar. */
export const sizeOf = unary('Size');
/** start, start + delta, ... before limit, of scalars of one type; `dim` names the length. */
export const range = (start: Operand, limit: Tensor, dim: Dim, delta: Operand = 1): Tensor =>
  apply('Range', [lift(start, limit), limit, lift(delta, limit)], { dim });
/** Zeros in the shape and type of another tensor. */
export const zerosLike = (x: Tensor): Tensor => expandAs(x.graph.constant(0, [], x.dtype), x);
/** x repeated that many times along each axis. */
export const tile = (x: Tensor, repeats: readonly number[]): Tensor => apply('Tile', [x], { repeats });
/** A matrix: the axes before `axis` as one, and the rest as one. */
export const flatten = (x: Tensor, axis = 1): Tensor =>
  apply('Flatten', [x], { axis: axis === x.shape.length ? axis : axisOf('Flatten', x, axis) });
/** The triangle of the last two axes above (with) the k-th diagonal, or below (with) it; 0 elsewhere. */
export const trilu = (x: Tensor, { upper = true, k = 0 } = {}): Tensor => apply('Trilu', [x], { upper, k });
/** Ones on the k-th diagonal, in the shape of a matrix. */
export const eyeLike = (x: Tensor, k = 0, dtype: DType = x.dtype): Tensor =>
  apply('EyeLike', [x], { k, dtype });
/** Channels into blocks of pixels: [N, C, H, W] to [N, C / b^2, H b, W b]; 'CRD' has the block's axes last. */
export const depthToSpace = (x: Tensor, block: number, mode: 'DCR' | 'CRD' = 'DCR'): Tensor =>
  apply('DepthToSpace', [x], { block, mode });
/** Blocks of pixels into channels, the inverse of `depthToSpace` 'DCR'. */
export const spaceToDepth = (x: Tensor, block: number): Tensor => apply('SpaceToDepth', [x], { block });

export interface ResizeOptions {
  mode?: 'nearest' | 'linear' | 'cubic';
  /** Which place of x a place of y stands for; ONNX's default. */
  coordinates?: Coordinates;
  nearest?: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
}
/** x in other sizes, given as such or by a factor for each axis: y has floor(size * scale). */
export const resize = (
  x: Tensor,
  to: { sizes: readonly number[] } | { scales: readonly number[] },
  { mode = 'nearest', coordinates = 'half_pixel', nearest = 'round_prefer_floor' }: ResizeOptions = {},
): Tensor => apply('Resize', [x], { ...to, mode, coordinates, nearest });
