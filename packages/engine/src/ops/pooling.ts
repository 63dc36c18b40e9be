import {
  cast,
  convTranspose,
  div,
  equal,
  expand,
  expandAs,
  gather,
  maxUnpool,
  mul,
  reduceSum,
  reshape,
  scatterAdd,
  sizeOf,
} from '../operators.ts';
import { dimAt, formatShape, isStatic, sameShape, sizeOfShape } from '../shape.ts';
import type { Op, Shape, Tensor } from '../tensor.ts';
import { operator, requireType } from './operator.ts';
import {
  extentOf,
  padsOf,
  transposedWindow,
  type Window,
  windowCounts,
  windowInts,
  windowStrings,
} from './window.ts';

interface AverageAttributes extends Window {
  countPads: boolean;
}

const pooledShape = (x: Tensor, window: Window): Shape => {
  if (x.shape.length < 3) throw new Error('x must have two axes and the spatial ones');
  return [...x.shape.slice(0, 2), ...windowCounts(x.shape.slice(2), window)];
};

const poolInts = (window: Window) => ({ ...windowInts(window), ceil_mode: Number(window.ceilMode ?? false) });

/** [N, C, 1, 1, ...] */
const channelShape = ({ shape }: Tensor): Shape => shape.map((dim, axis) => (axis < 2 ? dim : 1));

export const pooling = {
  MaxPool: operator<readonly [Tensor], Window, readonly [y: Tensor, indices: Tensor]>({
    infer([x], window) {
      const shape = pooledShape(x, window);
      return [
        { dtype: x.dtype, shape },
        { dtype: 'int64', shape },
      ];
    },
    optionalOutputs: true,
    emit: ({ type, inputs, attributes }) => ({
      type,
      inputs,
      ints: poolInts(attributes),
      strings: windowStrings(attributes),
    }),
    /** Windows apart: one write an element. Windows that overlap may have their maximum in common. */
    grad(g, { inputs: [x], outputs: [, indices], attributes }) {
      const shape = staticShape(x);
      if (attributes.kernel.every((_, axis) => extentOf(attributes, axis) <= (attributes.strides[axis] ?? 0)))
        return [maxUnpool(g, indices, shape)];
      const zeros = expand(x.graph.constant(0), [sizeOfShape(shape)]);
      return [reshape(scatterAdd(zeros, reshape(indices, [-1]), reshape(g, [-1])), shape)];
    },
  }),

  MaxUnpool: operator<readonly [x: Tensor, indices: Tensor], { shape: readonly number[] }>({
    infer([x, indices], { shape }) {
      requireType(indices, 'int64');
      if (!sameShape(x.shape, indices.shape) || x.shape.length < 3)
        throw new Error('x and indices must have the same shape: two axes and the spatial ones');
      if (shape.length !== x.shape.length) throw new Error(`${formatShape(shape)} must have x's rank`);
      return [{ dtype: x.dtype, shape }];
    },
    // With the output's shape given the kernel reads no window, but wants one.
    emit: ({ type, inputs: [x, indices], attributes: { shape } }) => ({
      type,
      inputs: [
        x,
        indices,
        { dtype: 'int64', shape: [shape.length], data: BigInt64Array.from(shape, BigInt) },
      ],
      ints: { kernel_shape: shape.slice(2).map(() => 1) },
    }),
    grad: (g, { inputs: [, indices] }) => [gather(reshape(g, [-1]), indices), undefined],
  }),

  AveragePool: operator<readonly [Tensor], AverageAttributes>({
    infer: ([x], window) => [{ dtype: x.dtype, shape: pooledShape(x, window) }],
    emit: ({ type, inputs, attributes }) => ({
      type,
      inputs,
      ints: { ...poolInts(attributes), count_include_pad: Number(attributes.countPads) },
      strings: windowStrings(attributes),
    }),
    /** Each g / count over its window: a transposed convolution with ones, faster than repeating g (0.2 ms for 1.0). */
    grad(g, { inputs: [x], attributes }) {
      const shape = staticShape(x) as readonly [number, number, ...number[]];
      const [from, to] = [shape.slice(2), staticShape(g).slice(2)];
      const shares = reshape(div(g, windowSizes(from, to, attributes, g)), [shape[0] * shape[1], 1, ...to]);
      const ones = g.graph.constant(new Float32Array(sizeOfShape(attributes.kernel)).fill(1), [
        1,
        1,
        ...attributes.kernel,
      ]);
      const dx = convTranspose(shares, ones, undefined, transposedWindow(from, to, attributes));
      return [reshape(dx, shape)];
    },
  }),

  GlobalAveragePool: operator<readonly [Tensor]>({
    infer: ([x]) => [{ dtype: x.dtype, shape: channelShape(x) }],
    emit: ({ type, inputs }) => ({ type, inputs }),
    grad: (g, { inputs: [x] }) => [expandAs(div(g, div(sizeAsFloat(x), sizeAsFloat(g))), x)],
  }),

  /** The greatest elements of a channel share the gradient. */
  GlobalMaxPool: operator<readonly [Tensor]>({
    infer: ([x]) => [{ dtype: x.dtype, shape: channelShape(x) }],
    emit: ({ type, inputs }) => ({ type, inputs }),
    grad(g, { inputs: [x], outputs: [y] }) {
      const reached = cast(equal(x, y), 'float32');
      const axes = x.shape.map((_, axis) => axis).slice(2);
      return [mul(reached, div(g, reduceSum(reached, axes, { keepDims: true })))];
    },
  }),
} satisfies Record<string, Op>;

const sizeAsFloat = (x: Tensor): Tensor =>
  isStatic(x.shape) ? x.graph.constant(sizeOfShape(x.shape)) : cast(sizeOf(x), 'float32');

function staticShape({ name, shape }: Tensor): readonly number[] {
  if (isStatic(shape)) return shape;
  throw new Error(`the gradient needs the shape ${formatShape(shape)} of ${name} known in the graph`);
}

/** How many elements each mean was taken over: one number, or [1, 1, ...] where windows meet the border. */
function windowSizes(
  from: readonly number[],
  to: readonly number[],
  window: AverageAttributes,
  { graph }: Tensor,
): Tensor {
  const pads = padsOf(from, window);
  const alongAxes = to.map((count, axis) => {
    const [before, after] = pads[axis] as readonly [number, number];
    const [low, high] = window.countPads
      ? [-before, (dimAt(from, axis) as number) + after]
      : [0, dimAt(from, axis) as number];
    return Array.from({ length: count }, (_, at) => {
      const start = at * (window.strides[axis] as number) - before;
      const places = Array.from(
        { length: window.kernel[axis] as number },
        (_, k) => start + k * (window.dilations[axis] as number),
      );
      return places.filter((place) => place >= low && place < high).length;
    });
  });
  const sizes = alongAxes.reduce<number[]>((all, sizes) => all.flatMap((a) => sizes.map((b) => a * b)), [1]);
  const [first = 1] = sizes;
  return sizes.every((size) => size === first) ? graph.constant(first) : graph.constant(sizes, [1, 1, ...to]);
}
