import { tensorData } from '../dtype.ts';
import {
  concat,
  pad,
  reshape,
  reshapeAs,
  slice,
  squeeze,
  transpose,
  unsqueeze,
  zerosLike,
} from '../operators.ts';
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
export const int64s = (values: readonly number[]): TensorData => tensorData('int64', [values.length], values);

interface SliceAttributes {
  axes: readonly number[];
  starts: readonly number[];
  ends: readonly number[];
  steps: readonly number[];
}

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

  Slice: operator<readonly [Tensor], SliceAttributes>({
    infer([x], { axes, starts, ends, steps }) {
      if (steps.some((step) => step === 0)) throw new Error('a step of 0 leads nowhere');
      const shape = axes.reduce((shape: Shape, axis, i) => {
        const range = { start: starts[i] as number, end: ends[i] as number, step: steps[i] as number };
        return withDim(shape, axis, slicedDim(dimAt(x.shape, axis), range));
      }, x.shape);
      return [{ dtype: x.dtype, shape }];
    },
    emit: ({ type, inputs: [x], attributes: { axes, starts, ends, steps } }) => ({
      type,
      inputs: [
        x,
        positions(starts),
        positions(ends),
        int64s(axes),
        ...(steps.every((step) => step === 1) ? [] : [int64s(steps)]),
      ],
    }),
    grad: (g, { inputs: [x], attributes: { axes, starts, ends, steps } }) => [
      axes.reduce((g: Tensor, axis, i) => {
        const length = dimAt(x.shape, axis);
        if (typeof length !== 'number')
          throw new Error(`the gradient of Slice needs to know the length ${length}`);
        const range = { start: starts[i] as number, end: ends[i] as number, step: steps[i] as number };
        return unsliced(g, axis, length, range);
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

  /** The dimensions from `start` to before `end`. */
  Shape: operator<readonly [Tensor], { start: number; end?: number }>({
    infer: ([x], { start, end }) => [{ dtype: 'int64', shape: [x.shape.slice(start, end).length] }],
    emit: ({ type, inputs, attributes: { start, end } }) => ({
      type,
      inputs,
      ints: { ...(start !== 0 && { start }), ...(end !== undefined && { end }) },
    }),
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

/** Positions of a slice; infinite ones are the ends of the axis. */
const positions = (at: readonly number[]): TensorData =>
  tensorData(
    'int64',
    [at.length],
    BigInt64Array.from(at, (p) => (Number.isFinite(p) ? BigInt(p) : p > 0 ? INT64_MAX : -INT64_MAX)),
  );

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** The first element of a slice and how many there are. */
function elementsOf(length: number, { start, end, step }: Range): readonly [first: number, count: number] {
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const hold = (at: number) => Math.min(high, Math.max(low, at < 0 ? Math.max(at + length, low) : at));
  const first = hold(start);
  return [first, Math.max(0, Math.ceil((hold(end) - first) / step))];
}

/** The length of a slice; along a symbolic axis what the positions promise, or a name. */
function slicedDim(dim: Dim, range: Range): Dim {
  if (typeof dim === 'number') return elementsOf(dim, range)[1];
  const { start, end, step } = range;
  if (step === 1 && start === 0 && end === Infinity) return dim;
  if (step === -1 && start === -1 && end === -Infinity) return dim;
  if (step === 1 && start < 0 && (end === Infinity || end <= 0)) return Math.min(end, 0) - start;
  return `${dim}[${start}:${end === Infinity ? '' : end}${step === 1 ? '' : `:${step}`}]`;
}

/** The elements of g back where they were sliced from along an axis of this length, with zeros between. */
function unsliced(g: Tensor, axis: number, length: number, range: Range): Tensor {
  const [first, count] = elementsOf(length, range);
  const step = Math.abs(range.step);
  const start = range.step > 0 ? first : first - (count - 1) * step;
  const ordered = range.step > 0 ? g : slice(g, axis, -1, undefined, -1);
  const border = (size: number, at = axis, rank = g.shape.length) =>
    Array.from({ length: rank }, (_, index) => (index === at ? size : 0));
  const reach = count * step;
  const rank = g.shape.length;
  const spread =
    step === 1
      ? ordered
      : reshape(
          pad(unsqueeze(ordered, axis + 1), border(0, 0, rank + 1), border(step - 1, axis + 1, rank + 1)),
          withDim(g.shape, axis, reach),
        );
  const fitting = start + reach > length ? slice(spread, axis, 0, length - start) : spread;
  const after = Math.max(0, length - start - reach);
  return start === 0 && after === 0 ? fitting : pad(fitting, border(start), border(after));
}
