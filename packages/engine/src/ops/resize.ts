import type { Coordinates } from '../functions/shape.ts';
import { matmul, transpose } from '../operators.ts';
import { formatShape, isStatic } from '../shape.ts';
import type { Dim, Op, Tensor } from '../tensor.ts';
import { throughComposition } from './composite.ts';
import { operator } from './operator.ts';
import { int64s } from './shape.ts';

interface ResizeAttributes {
  sizes?: readonly number[];
  scales?: readonly number[];
  mode: 'nearest' | 'linear' | 'cubic';
  coordinates: Coordinates;
  nearest: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
}

/** An axis of `from` elements resized to `to` of them. */
interface Axis {
  from: number;
  to: number;
  scale: number;
}

/** The place in x, in single precision as the kernel computes it, that place i of y stands for. */
const places: Readonly<Record<Coordinates, (i: number, axis: Axis) => number>> = {
  half_pixel: (i, { scale }) => Math.fround(Math.fround((i + 0.5) / scale) - 0.5),
  pytorch_half_pixel: (i, { to, scale }) => (to > 1 ? Math.fround(Math.fround((i + 0.5) / scale) - 0.5) : 0),
  align_corners: (i, { from, to }) => (to === 1 ? 0 : Math.fround((i * (from - 1)) / (to - 1))),
  asymmetric: (i, { scale }) => Math.fround(i / scale),
  half_pixel_symmetric(i, { from, to, scale }) {
    const offset = (from / 2) * (1 - to / (scale * from));
    return Math.fround(offset + (i + 0.5) / scale - 0.5);
  },
};

const rounding = {
  round_prefer_floor: (at: number) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at: number) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** What each element of y takes from each of x along an axis: [from, to]. */
function weights(axis: Axis, { mode, coordinates, nearest }: ResizeAttributes): Float32Array {
  const matrix = new Float32Array(axis.from * axis.to);
  const hold = (at: number) => Math.min(axis.from - 1, Math.max(0, at));
  for (let i = 0; i < axis.to; i++) {
    const place = places[coordinates](i, axis);
    if (mode === 'nearest') matrix[hold(rounding[nearest](place)) * axis.to + i] = 1;
    else {
      const low = Math.floor(hold(place));
      const share = hold(place) - low;
      matrix[low * axis.to + i] = 1 - share;
      if (share > 0) matrix[hold(low + 1) * axis.to + i] = share;
    }
  }
  return matrix;
}

export const resizing = {
  /** Nearest and linear resizing are products with a matrix along each axis; so are their gradients. */
  Resize: operator<readonly [Tensor], ResizeAttributes>({
    infer([x], { sizes, scales }) {
      const given = sizes ?? scales;
      if (given?.length !== x.shape.length) throw new Error(`${x.shape.length} sizes or scales are needed`);
      const shape = x.shape.map((dim, axis): Dim => {
        if (sizes !== undefined) return sizes[axis] as number;
        const scale = Math.fround(given[axis] as number);
        if (scale === 1) return dim;
        return typeof dim === 'number' ? Math.floor(Math.fround(dim * scale)) : `floor(${dim} * ${scale})`;
      });
      return [{ dtype: x.dtype, shape }];
    },
    emit: ({ type, inputs: [x], attributes: { sizes, scales, mode, coordinates, nearest } }) => ({
      type,
      inputs: [
        x,
        undefined,
        scales && { dtype: 'float32', shape: [scales.length], data: Float32Array.from(scales) },
        ...(sizes === undefined ? [] : [int64s(sizes)]),
      ],
      strings: { mode, coordinate_transformation_mode: coordinates, nearest_mode: nearest },
    }),
    grad: throughComposition(([x], attributes) => {
      if (attributes.mode === 'cubic') throw new Error('cubic resizing has no derivative here');
      const { shape } = x;
      if (!isStatic(shape))
        throw new Error(`the gradient needs the shape ${formatShape(shape)} known in the graph`);
      const { scales, sizes } = attributes;
      return [
        shape.reduce((y: Tensor, from, at) => {
          const scale = Math.fround(scales?.[at] ?? (sizes?.[at] as number) / from);
          const axis = { from, to: sizes?.[at] ?? Math.floor(Math.fround(from * scale)), scale };
          if (axis.to === from && scale === 1) return y;
          const matrix = x.graph.constant(weights(axis, attributes), [from, axis.to]);
          const last = shape.map((_, axis) => axis).filter((axis) => axis !== at);
          const order = shape.map((_, axis) =>
            axis < at ? axis : axis === at ? shape.length - 1 : axis - 1,
          );
          return transpose(matmul(transpose(y, [...last, at]), matrix), order);
        }, x),
      ];
    }),
  }),
} satisfies Record<string, Op>;
