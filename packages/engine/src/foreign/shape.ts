import {
  concat,
  depthToSpace,
  expand,
  eyeLike,
  flatten,
  pad,
  range,
  reshape,
  shapeOf,
  sizeOf,
  slices,
  spaceToDepth,
  split,
  squeeze,
  tile,
  transpose,
  trilu,
  unsqueeze,
} from '../operators.ts';
import { isStatic, reshapedShape, sizeOfShape } from '../shape.ts';
import type { Dim, Shape, Tensor } from '../tensor.ts';
import {
  axisFrom,
  type ForeignNode,
  inputsOf,
  isOpen,
  type NodeReader,
  numberAt,
  numbersAt,
  reader,
  readerWith,
} from './node.ts';
import { dtypeOfOnnx } from './read-tensor.ts';

const padModes = ['constant', 'reflect', 'edge', 'wrap'] as const;

/** What was an attribute before `since` and is the input `at` from then on; 'open' if known at run time only. */
export function listOf(
  node: ForeignNode,
  name: string,
  since: number,
  at: number,
): readonly number[] | undefined | 'open' {
  if (node.opset < since) return node.attributes.ints(name);
  return isOpen(node, at) ? 'open' : numbersAt(node, at);
}

export const shape = {
  Concat: reader((node) => concat(inputsOf(node), node.attributes.int('axis') ?? 1)),

  ConstantOfShape: readerWith([0], (node) => {
    const shape = numbersAt(node, 0) ?? node.sizes(0);
    const value = node.attributes.tensor('value');
    const fill =
      value === undefined ? node.graph.constant(0) : node.graph.constant(value.data, [], value.dtype);
    return shape && (node.data(0) === undefined ? expand(fill, shape, node.input(0)) : expand(fill, shape));
  }),

  /** Both ends of numpy's rule: the given shape may be the smaller one. */
  Expand: readerWith([1], (node) => {
    const [x, wanted] = [node.input(0), numbersAt(node, 1) ?? node.sizes(1)];
    if (wanted === undefined) return undefined;
    const rank = Math.max(wanted.length, x.shape.length);
    const shape = Array.from({ length: rank }, (_, axis): Dim | undefined => {
      const to = wanted[axis - rank + wanted.length] ?? 1;
      const from = x.shape[axis - rank + x.shape.length] ?? 1;
      if (to === 1 || to === from) return from;
      // A size known by name may be 1 as well.
      return typeof to === 'number' || from === 1 ? to : undefined;
    });
    if (shape.some((dim) => dim === undefined)) return undefined;
    return node.data(1) === undefined ? expand(x, shape as Dim[], node.input(1)) : expand(x, shape as Dim[]);
  }),

  DepthToSpace: reader((node) => {
    const [block, mode] = [node.attributes.int('blocksize') ?? 1, node.attributes.string('mode') ?? 'DCR'];
    return mode === 'DCR' || mode === 'CRD' ? depthToSpace(node.input(0), block, mode) : undefined;
  }),

  EyeLike: reader((node) => {
    const [x, to] = [node.input(0), node.attributes.int('dtype')];
    return eyeLike(
      x,
      node.attributes.int('k') ?? 0,
      to === undefined ? x.dtype : dtypeOfOnnx(to, node.operator),
    );
  }),

  Flatten: reader((node) => flatten(node.input(0), node.attributes.int('axis') ?? 1)),

  /** The value was an attribute before opset 11, the axes may be listed since 18. */
  Pad: readerWith([1, 2, 3], (node) => {
    const [x, pads] = [node.input(0), listOf(node, 'pads', 11, 1)];
    if (pads === undefined || pads === 'open' || isOpen(node, 2) || isOpen(node, 3)) return undefined;
    const wanted = node.attributes.string('mode') ?? 'constant';
    const mode = padModes.find((one) => one === wanted);
    if (mode === undefined) return undefined;
    const value = (node.opset < 11 ? node.attributes.float('value') : numberAt(node, 2)) ?? 0;
    const axes = (numbersAt(node, 3) ?? x.shape.map((_, axis) => axis)).map((axis) =>
      axisFrom(axis, x.shape.length),
    );
    const border = (offset: number) =>
      x.shape.map((_, axis) => (axes.includes(axis) ? (pads[axes.indexOf(axis) + offset] ?? 0) : 0));
    return pad(x, border(0), border(axes.length), value, mode);
  }),

  Range: readerWith([0, 1, 2], (node) => {
    const [start, limit, delta] = [numberAt(node, 0), numberAt(node, 1), numberAt(node, 2)];
    if (start === undefined || limit === undefined || delta === undefined) return undefined;
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    return range(node.input(0), node.input(1), length, node.input(2));
  }),

  /** 0 keeps a dimension unless `allowzero`; -1 is the rest. Sizes known by name alone are computed at run time. */
  Reshape: readerWith([1], (node) => {
    const [x, wanted] = [node.input(0), numbersAt(node, 1) ?? node.sizes(1)];
    if (wanted === undefined) return undefined;
    const keeps = node.attributes.int('allowzero') !== 1;
    const shape = wanted.map((dim, axis): Dim => (dim === 0 && keeps ? (x.shape[axis] ?? 0) : dim));
    return node.data(1) === undefined ? reshape(x, namedShape(x, shape), node.input(1)) : reshape(x, shape);
  }),

  Shape: reader((node) => {
    const x = node.input(0);
    const [start, end] = [node.attributes.int('start') ?? 0, node.attributes.int('end')];
    const part = x.shape.slice(start, end ?? x.shape.length);
    return isStatic(part) ? node.graph.constant(part, [part.length], 'int64') : shapeOf(x, start, end);
  }),

  Size: reader((node) => {
    const { shape } = node.input(0);
    return isStatic(shape) ? node.graph.constant([sizeOfShape(shape)], [], 'int64') : sizeOf(node.input(0));
  }),

  Slice: readerWith([1, 2, 3, 4], (node) => {
    const [starts, ends] = [listOf(node, 'starts', 10, 1), listOf(node, 'ends', 10, 2)];
    const [axes, steps] = [listOf(node, 'axes', 10, 3), listOf(node, 'steps', 10, 4)];
    if (!Array.isArray(starts) || !Array.isArray(ends) || axes === 'open' || steps === 'open')
      return undefined;
    return slices(
      node.input(0),
      starts.map((start: number, at) => ({
        axis: axes?.[at] ?? at,
        start: beyondAll(start),
        end: beyondAll(ends[at] as number),
        step: steps?.[at] ?? 1,
      })),
    );
  }),

  SpaceToDepth: reader((node) =>
    // The second mode, of opset 28, is none of ours.
    node.attributes.has('mode')
      ? undefined
      : spaceToDepth(node.input(0), node.attributes.int('blocksize') ?? 1),
  ),

  /** Equal parts unless sizes are given; the last part is smaller where they do not divide the axis (opset 18). */
  Split: readerWith([1], (node) => {
    const [x, given] = [node.input(0), listOf(node, 'split', 13, 1)];
    const axis = axisFrom(node.attributes.int('axis') ?? 0, x.shape.length);
    if (given === 'open') return undefined;
    if (given !== undefined) return split(x, given, axis);
    const length = x.shape[axis];
    if (typeof length !== 'number') return undefined;
    const parts = node.attributes.int('num_outputs') ?? node.outputCount;
    const size = Math.ceil(length / parts);
    return split(
      x,
      Array.from({ length: parts }, (_, part) => Math.min(size, length - part * size)),
      axis,
    );
  }),

  Squeeze: readerWith([1], (node) => {
    const [x, axes] = [node.input(0), listOf(node, 'axes', 13, 1)];
    if (axes === 'open' || (axes === undefined && !isStatic(x.shape))) return undefined;
    const ones = axes ?? x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    return ones.length === 0 ? x : squeeze(x, ones);
  }),

  Tile: readerWith([1], (node) => {
    const repeats = numbersAt(node, 1);
    return repeats && tile(node.input(0), repeats);
  }),

  Transpose: reader((node) => transpose(node.input(0), permutationOf(node, node.input(0)))),

  Trilu: readerWith([1], (node) =>
    isOpen(node, 1)
      ? undefined
      : trilu(node.input(0), { upper: node.attributes.int('upper') !== 0, k: numberAt(node, 1) ?? 0 }),
  ),

  Unsqueeze: readerWith([1], (node) => {
    const axes = listOf(node, 'axes', 13, 1);
    return axes === undefined || axes === 'open' ? undefined : unsqueeze(node.input(0), axes);
  }),
} satisfies Record<string, NodeReader>;

/** A shape computed at run time, where what is left for -1 has a name if it cannot be told. */
function namedShape(x: Tensor, shape: Shape): Shape {
  try {
    return reshapedShape(x.shape, shape);
  } catch {
    return shape.map((dim) => (dim === -1 ? `rest of ${x.name}` : dim));
  }
}

/** Ends such as 2^63 - 1 stand for the end of any axis. */
const beyondAll = (position: number): number =>
  Number.isSafeInteger(position) ? position : position * Number.POSITIVE_INFINITY;

const permutationOf = (node: ForeignNode, x: Tensor): number[] => [
  ...(node.attributes.ints('perm') ?? x.shape.map((_, axis) => axis).toReversed()),
];
