import { tensorData } from '../dtype.ts';
import { concat, pad, reshapeAs, slice, squeeze, transpose, unsqueeze, zerosLike } from '../operators.ts';
import {
  broadcastShapes,
  dimAt,
  formatShape,
  reshapedShape,
  sameShape,
  sumOfDims,
  withDim,
} from '../shape.ts';
import type { Dim, Op, Shape, Tensor, TensorData } from '../tensor.ts';
import { asIs, operator, requireSameType, unbroadcast } from './operator.ts';

const INT64_MAX = 2n ** 63n - 1n;
const int64s = (values: readonly number[]): TensorData => tensorData('int64', [values.length], values);

export const shape = {
  Reshape: operator<readonly [Tensor, Tensor?], { shape: Shape }>({
    infer: ([x, at], { shape }) => [
      { dtype: x.dtype, shape: at === undefined ? reshapedShape(x.shape, shape) : shape },
    ],
    emit: ({ type, inputs: [x, at], attributes: { shape } }) => ({
      type,
      inputs: [x, at ?? int64s(writtenShape(x.shape, shape))],
    }),
    grad: (g, { inputs: [x] }) => [reshapeAs(g, x)],
  }),

  Transpose: operator<readonly [Tensor], { permutation: readonly number[] }>({
    infer([x], { permutation }) {
      const sorted = [...permutation].sort((a, b) => a - b);
      if (
        !sameShape(
          sorted,
          x.shape.map((_, axis) => axis),
        )
      )
        throw new Error(`${formatShape(permutation)} is no order of ${x.shape.length} axes`);
      return [{ dtype: x.dtype, shape: permutation.map((axis) => dimAt(x.shape, axis)) }];
    },
    emit: ({ type, inputs, attributes }) => ({ type, inputs, ints: { perm: attributes.permutation } }),
    grad: (g, { attributes: { permutation } }) => [
      transpose(
        g,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ],
  }),

  Concat: operator<readonly Tensor[], { axis: number }>({
    infer(tensors, { axis }) {
      const [first] = tensors;
      if (first === undefined) throw new Error('nothing to concatenate');
      for (const { shape } of tensors)
        if (!sameShape(withDim(shape, axis, 0), withDim(first.shape, axis, 0)))
          throw new Error(`${formatShape(shape)} and ${formatShape(first.shape)} differ beside axis ${axis}`);
      const length = sumOfDims(tensors.map(({ shape }) => dimAt(shape, axis)));
      return [{ dtype: requireSameType(...tensors), shape: withDim(first.shape, axis, length) }];
    },
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis } }),
    grad(g, { inputs, attributes: { axis } }) {
      let start = 0;
      return inputs.map(({ shape }) => {
        const length = dimAt(shape, axis);
        if (typeof length !== 'number')
          throw new Error(`the gradient of Concat needs to know the length ${length}`);
        return slice(g, axis, start, (start += length));
      });
    },
  }),

  Split: operator<readonly [Tensor], { axis: number; sizes: readonly number[] }, readonly Tensor[]>({
    infer([x], { axis, sizes }) {
      if (sumOfDims(sizes) !== dimAt(x.shape, axis) || !sizes.every(Number.isInteger))
        throw new Error(
          `parts of ${sizes.join(', ')} do not make up axis ${axis} of ${formatShape(x.shape)}`,
        );
      return sizes.map((size) => ({ dtype: x.dtype, shape: withDim(x.shape, axis, size) }));
    },
    emit: ({ type, inputs: [x], attributes: { axis, sizes } }) => ({
      type,
      inputs: [x, int64s(sizes)],
      ints: { axis },
    }),
    grad: (_, { outputs, attributes: { axis } }, gs) => [
      concat(
        outputs.map((part, index) => gs[index] ?? zerosLike(part)),
        axis,
      ),
    ],
  }),

  Slice: operator<readonly [Tensor], { axis: number; start: number; end?: number }>({
    infer: ([x], { axis, start, end }) => [
      { dtype: x.dtype, shape: withDim(x.shape, axis, slicedDim(dimAt(x.shape, axis), start, end)) },
    ],
    emit: ({ type, inputs: [x], attributes: { axis, start, end } }) => ({
      type,
      inputs: [
        x,
        int64s([start]),
        end === undefined ? tensorData('int64', [1], BigInt64Array.of(INT64_MAX)) : int64s([end]),
        int64s([axis]),
      ],
    }),
    grad(g, { inputs: [x], attributes: { axis, start, end } }) {
      const length = dimAt(x.shape, axis);
      if (typeof length !== 'number')
        throw new Error(`the gradient of Slice needs to know the length ${length}`);
      const [from, to] = bounds(length, start, end);
      const border = (size: number) => x.shape.map((_, index) => (index === axis ? size : 0));
      return [pad(g, border(from), border(length - to))];
    },
  }),

  Pad: operator<readonly [Tensor], { before: readonly number[]; after: readonly number[]; value: number }>({
    infer: ([x], { before, after }) => [
      {
        dtype: x.dtype,
        shape: x.shape.map((dim, axis) => sumOfDims([dim, (before[axis] ?? 0) + (after[axis] ?? 0)])),
      },
    ],
    emit: ({ type, inputs: [x], attributes: { before, after, value } }) => ({
      type,
      inputs: [x, int64s([...before, ...after]), tensorData(x.dtype, [], [value])],
    }),
    grad: (g, { inputs: [x], attributes: { before, after } }) => [
      x.shape.reduce((inner: Tensor, _, axis) => {
        const [head = 0, tail = 0] = [before[axis], after[axis]];
        return head + tail === 0 ? inner : slice(inner, axis, head, tail === 0 ? undefined : -tail);
      }, g),
    ],
  }),

  Expand: operator<readonly [Tensor, Tensor?], { shape: Shape }>({
    infer([x], { shape }) {
      if (!sameShape(broadcastShapes(x.shape, shape), shape))
        throw new Error(`${formatShape(x.shape)} does not expand to ${formatShape(shape)}`);
      return [{ dtype: x.dtype, shape }];
    },
    emit: ({ type, inputs: [x, at], attributes: { shape } }) => ({
      type,
      inputs: [x, at ?? int64s(knownDims(shape))],
    }),
    grad: (g, { inputs: [x] }) => [unbroadcast(g, x)],
  }),

  Unsqueeze: operator<readonly [Tensor], { axes: readonly number[] }>({
    infer([x], { axes }) {
      const old = x.shape.values();
      const rank = x.shape.length + axes.length;
      const shape = Array.from({ length: rank }, (_, axis) =>
        axes.includes(axis) ? 1 : (old.next().value as Dim),
      );
      return [{ dtype: x.dtype, shape }];
    },
    emit: ({ type, inputs: [x], attributes: { axes } }) => ({ type, inputs: [x, int64s(axes)] }),
    grad: (g, { attributes: { axes } }) => [squeeze(g, axes)],
  }),

  Squeeze: operator<readonly [Tensor], { axes: readonly number[] }>({
    infer([x], { axes }) {
      const wrong = axes.find((axis) => dimAt(x.shape, axis) !== 1);
      if (wrong !== undefined) throw new Error(`axis ${wrong} of ${formatShape(x.shape)} is not 1`);
      return [{ dtype: x.dtype, shape: x.shape.filter((_, axis) => !axes.includes(axis)) }];
    },
    emit: ({ type, inputs: [x], attributes: { axes } }) => ({ type, inputs: [x, int64s(axes)] }),
    grad: (g, { attributes: { axes } }) => [unsqueeze(g, axes)],
  }),

  Shape: operator<readonly [Tensor]>({
    infer: ([x]) => [{ dtype: 'int64', shape: [x.shape.length] }],
    emit: asIs,
    grad: null,
  }),

  Size: operator<readonly [Tensor]>({
    infer: () => [{ dtype: 'int64', shape: [] }],
    emit: asIs,
    grad: null,
  }),

  Range: operator<readonly [Tensor, Tensor, Tensor], { dim: Dim }>({
    infer: ([start, limit, delta], { dim }) => [
      { dtype: requireSameType(start, limit, delta), shape: [dim] },
    ],
    emit: asIs,
    grad: null,
  }),
} satisfies Record<string, Op>;

/** ONNX writes a dimension kept in its place as 0 and the one left to compute as -1. */
function writtenShape(from: Shape, to: Shape): readonly number[] {
  const written = to.map((dim, axis) => (typeof dim === 'number' ? dim : dim === from[axis] ? 0 : -1));
  if (written.filter((dim) => dim === -1).length > 1)
    throw new Error(
      `the run-time shape of ${formatShape(to)} does not follow from ${formatShape(from)}: pass it`,
    );
  return written;
}

function knownDims(shape: Shape): readonly number[] {
  return shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    throw new Error(`${formatShape(shape)} is known at run time only: pass it as a tensor`);
  });
}

/** Start and end counted from the front and held inside the axis. */
function bounds(length: number, start: number, end: number = length): readonly [number, number] {
  const hold = (at: number) => Math.min(length, Math.max(0, at < 0 ? at + length : at));
  return [hold(start), Math.max(hold(start), hold(end))];
}

/** The length of a slice; along a symbolic axis what the positions promise, or a name. */
function slicedDim(dim: Dim, start: number, end?: number): Dim {
  if (typeof dim === 'number') {
    const [from, to] = bounds(dim, start, end);
    return to - from;
  }
  if (start === 0 && end === undefined) return dim;
  if (start < 0 && (end ?? 0) <= 0) return (end ?? 0) - start;
  return `${dim}[${start}:${end ?? ''}]`;
}
