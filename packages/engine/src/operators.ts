import { EngineError } from './error.ts';
import type { OpName } from './ops/op-name.ts';
import { formatShape, isStatic, sameShape } from './shape.ts';
import type { Attributes, Dim, DType, Graph, Shape, Tensor } from './tensor.ts';

/** Where an operator takes two tensors, one may be a plain number: a constant of the other's type. */
export type Operand = Tensor | number;

function applyAll(type: OpName, inputs: readonly Tensor[], attributes?: Attributes): readonly Tensor[] {
  const graph = inputs[0]?.graph;
  if (graph === undefined) throw new TypeError(`${type} needs an input`);
  return graph.apply(type, inputs, attributes);
}

function apply(type: OpName, inputs: readonly Tensor[], attributes?: Attributes): Tensor {
  return applyAll(type, inputs, attributes)[0] as Tensor;
}

function lift(value: Operand, like: Operand): Tensor {
  if (typeof value !== 'number') return value;
  if (typeof like === 'number') throw new TypeError('one of the two operands must be a tensor');
  return like.graph.constant(value, [], like.dtype);
}

/** Counts a negative axis from the end, as numpy does. */
function axisOf(type: OpName, x: Tensor, axis: number, rank = x.shape.length): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && positive >= 0 && positive < rank) return positive;
  throw new EngineError(
    'shape',
    `${type}: axis ${axis} does not exist in rank ${rank} of ${x.name} ${formatShape(x.shape)}`,
    {
      operator: type,
      node: x.name,
      shapes: [x.shape],
    },
  );
}

const axesOf = (type: OpName, x: Tensor, axes: number | readonly number[], rank = x.shape.length): number[] =>
  (typeof axes === 'number' ? [axes] : axes).map((axis) => axisOf(type, x, axis, rank));

/** Applies an operator that works along one axis. */
const along = (
  type: OpName,
  inputs: readonly [Tensor, ...Tensor[]],
  axis: number,
  more: Attributes = {},
): Tensor => apply(type, inputs, { axis: axisOf(type, inputs[0], axis), ...more });

const unary = (type: OpName) => (x: Tensor) => apply(type, [x]);
const binary = (type: OpName) => (a: Operand, b: Operand) => apply(type, [lift(a, b), lift(b, a)]);

// Elementwise, broadcasting as numpy does.
export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const pow = binary('Pow');
export const maximum = binary('Max');
export const minimum = binary('Min');
export const neg = unary('Neg');
export const abs = unary('Abs');
export const sign = unary('Sign');
export const floor = unary('Floor');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const erf = unary('Erf');
export const relu = unary('Relu');
export const sigmoid = unary('Sigmoid');
export const tanh = unary('Tanh');
/** log(1 + exp x), computed without overflow. */
export const softplus = unary('Softplus');
/** x Phi(x), exactly, by erf (Hendrycks and Gimpel, 2016). */
export const gelu = unary('Gelu');
export const identity = unary('Identity');
/** x limited to [low, high]; an end left out is open. */
export const clip = (x: Tensor, low?: number, high?: number): Tensor => apply('Clip', [x], { low, high });
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : apply('Cast', [x], { dtype });
/** `a` where the condition holds, else `b`. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  apply('Where', [condition, lift(a, b), lift(b, a)]);

// Comparison and logic: results are bool, and nothing is differentiated through them.
export const equal = binary('Equal');
export const greater = binary('Greater');
export const greaterOrEqual = binary('GreaterOrEqual');
export const less = binary('Less');
export const lessOrEqual = binary('LessOrEqual');
export const and = (a: Tensor, b: Tensor): Tensor => apply('And', [a, b]);
export const or = (a: Tensor, b: Tensor): Tensor => apply('Or', [a, b]);
export const not = unary('Not');
export const isNaN = unary('IsNaN');

// Reductions, over all axes unless some are named; negative axes count from the end.
export interface ReduceOptions {
  keepDims?: boolean;
}
const reduce =
  (type: OpName) =>
  (
    x: Tensor,
    axes: number | readonly number[] = x.shape.map((_, axis) => axis),
    options: ReduceOptions = {},
  ) =>
    apply(type, [x], {
      axes: axesOf(type, x, axes),
      keepDims: options.keepDims ?? false,
    });
export const reduceSum = reduce('ReduceSum');
export const reduceMean = reduce('ReduceMean');
export const reduceMax = reduce('ReduceMax');
export const reduceMin = reduce('ReduceMin');
/** The int64 index of the greatest element along an axis; the axis is dropped. */
export const argMax = (x: Tensor, axis = -1): Tensor => along('ArgMax', [x], axis);

// Shape.
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
/** Elements start .. end - 1 along an axis, to the end if `end` is left out; negative positions count from the end. */
export const slice = (x: Tensor, axis: number, start: number, end?: number): Tensor =>
  along('Slice', [x], axis, { start, end });
/** Constant borders: `before[i]` and `after[i]` elements along axis i. */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor =>
  apply('Pad', [x], { before, after, value });
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
/** The shape at run time, int64 [rank]. */
export const shapeOf = unary('Shape');
/** The number of elements at run time, an int64 scalar. */
export const sizeOf = unary('Size');
/** start, start + delta, ... before limit, of scalars of one type; `dim` names the length. */
export const range = (start: Operand, limit: Tensor, dim: Dim, delta: Operand = 1): Tensor =>
  apply('Range', [lift(start, limit), limit, lift(delta, limit)], { dim });
/** Zeros in the shape and type of another tensor. */
export const zerosLike = (x: Tensor): Tensor => expandAs(x.graph.constant(0, [], x.dtype), x);

// Products.
/** Matrix product over the last two axes; the axes before them broadcast. */
export const matmul = (a: Tensor, b: Tensor): Tensor => apply('MatMul', [a, b]);
export interface GemmOptions {
  transA?: boolean;
  transB?: boolean;
}
/** A B + c for matrices, either transposed first; c broadcasts to the result. */
export const gemm = (
  a: Tensor,
  b: Tensor,
  c?: Tensor,
  { transA = false, transB = false }: GemmOptions = {},
) => apply('Gemm', c === undefined ? [a, b] : [a, b, c], { transA, transB });

// Normalisation.
export const softmax = (x: Tensor, axis = -1): Tensor => along('Softmax', [x], axis);
export const logSoftmax = (x: Tensor, axis = -1): Tensor => along('LogSoftmax', [x], axis);
/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis (Ba et al., 2016). */
export const layerNormalization = (x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor =>
  apply('LayerNormalization', [x, scale, bias], { epsilon });

// Indexing; indices are int32 or int64.
/** The slices of x that `indices` name along an axis: the axis gives way to the indices' shape. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor => along('Gather', [x, indices], axis);
/** y[i][j] = x[i][indices[i][j]] for the last axis, and so for any other. */
export const gatherElements = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  along('GatherElements', [x, indices], axis);
/** x with every update added at its index along an axis; equal indices add up. */
export const scatterAdd = (x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor =>
  along('ScatterElements', [x, indices, updates], axis);
/** 1 at the index and 0 elsewhere, float32 in a new last axis; an index out of range gives zeros. */
export const oneHot = (indices: Tensor, depth: number): Tensor => apply('OneHot', [indices], { depth });

// Loss.
export interface CrossEntropyOptions {
  /** float32 [C], how much a row of each class counts. */
  weights?: Tensor;
  /** Rows with this label do not count. */
  ignoreLabel?: number;
}
/**
 * The weighted mean over rows of -log softmax(logits)[label]: a scalar from logits [N, C] and integer labels [N].
 * `logProbabilities` [N, C] comes along for measures; it is not differentiable.
 */
export function softmaxCrossEntropyWithLogProbabilities(
  logits: Tensor,
  labels: Tensor,
  { weights, ignoreLabel }: CrossEntropyOptions = {},
): { loss: Tensor; logProbabilities: Tensor } {
  const inputs = weights === undefined ? [logits, labels] : [logits, labels, weights];
  const [loss, logProbabilities] = applyAll('SoftmaxCrossEntropyLoss', inputs, { ignoreLabel });
  return { loss: loss as Tensor, logProbabilities: logProbabilities as Tensor };
}
export const softmaxCrossEntropy = (logits: Tensor, labels: Tensor, options?: CrossEntropyOptions): Tensor =>
  softmaxCrossEntropyWithLogProbabilities(logits, labels, options).loss;

/** -t log s(z) - (1 - t) log(1 - s(z)) for s the sigmoid, each element from its logit z and target t in [0, 1]. */
export const sigmoidCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  apply('SigmoidCrossEntropyLoss', [logits, targets]);

/** The graph that a list of tensors lives in. */
export function graphOf(tensors: readonly Tensor[]): Graph {
  const graph = tensors[0]?.graph;
  if (graph === undefined) throw new TypeError('no tensor, so no graph');
  return graph;
}
