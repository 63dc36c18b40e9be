import { EngineError } from '../error.ts';
import { expand, gemm, reduceSum, reshape, reshapeAs } from '../operators.ts';
import { broadcastShapes, dimAt, isStatic, sizeOfShape } from '../shape.ts';
import type { Attributes, DType, GraphNode, OnnxCall, Op, Shape, Tensor, TensorType } from '../tensor.ts';

/** Types an operator's inputs, attributes and outputs where it is written; the table knows them as plain lists. */
export const operator = <
  I extends readonly (Tensor | undefined)[],
  A = Attributes,
  O extends readonly Tensor[] = readonly [Tensor],
>(
  op: Op<I, A, O>,
): Op => op as Op;

/** Written in ONNX as it stands: same name, same inputs, no attributes. */
export const asIs = ({ type, inputs }: GraphNode<readonly (Tensor | undefined)[], unknown>): OnnxCall => ({
  type,
  inputs,
});

/** An ONNX node of inputs alone. */
export const call = (type: string, ...inputs: OnnxCall['inputs']): OnnxCall => ({ type, inputs });

/** Throws unless all inputs have the same element type. */
export function requireSameType(...inputs: readonly Tensor[]): DType {
  const [first, ...others] = inputs.map((input) => input.dtype);
  if (first === undefined || others.some((dtype) => dtype !== first))
    throw new EngineError('dtype', `element types differ: ${inputs.map((input) => input.dtype).join(', ')}`);
  return first;
}

export function requireType(input: Tensor, ...allowed: readonly DType[]): void {
  if (!allowed.includes(input.dtype))
    throw new EngineError('dtype', `${input.name} must be ${allowed.join(' or ')}, not ${input.dtype}`);
}

/** y = f(x), same shape and type. The derivative is written dL/dx from g = dL/dy, x and y. */
export const unary = (grad: ((g: Tensor, x: Tensor, y: Tensor) => Tensor) | null): Op =>
  operator<readonly [Tensor]>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: asIs,
    grad: grad && ((g, { inputs: [x], outputs: [y] }) => [grad(g, x, y)]),
  });

/** y = f(a, b), broadcasting. The derivatives are written for equal shapes; broadcasting is undone here. */
export const binary = (grad: (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor]): Op =>
  operator<readonly [Tensor, Tensor]>({
    infer: ([a, b]) => [broadcastType(a, b)],
    emit: asIs,
    grad(g, { inputs: [a, b], outputs: [y] }) {
      const [da, db] = grad(g, a, b, y);
      return [unbroadcast(da, a), unbroadcast(db, b)];
    },
  });

/** A truth value for each pair, broadcasting. */
export const comparison = (...types: readonly DType[]): Op =>
  operator<readonly [Tensor, Tensor]>({
    infer([a, b]) {
      requireType(a, ...types);
      return [{ dtype: 'bool', shape: broadcastType(a, b).shape }];
    },
    emit: asIs,
    grad: null,
  });

const broadcastType = (a: Tensor, b: Tensor): TensorType => ({
  dtype: requireSameType(a, b),
  shape: broadcastShapes(a.shape, b.shape),
});

/** The derivative of broadcasting: g summed over the axes along which x was repeated. */
export function unbroadcast(g: Tensor, x: Tensor): Tensor {
  const lead = g.shape.length - x.shape.length;
  const repeated = g.shape.flatMap((dim, axis) =>
    axis < lead || dim !== x.shape[axis - lead] ? [axis] : [],
  );
  if (repeated.length === 0) return g;
  if (x.shape.length === 1 && repeated.length === lead && isStatic(g.shape)) return columnSums(g, x);
  const sum = reduceSum(g, repeated, { keepDims: lead === 0 });
  return reshapeAs(sum, x);
}

/** The sums over all axes but the last, as a product with ones: on several threads much faster than ReduceSum. */
function columnSums(g: Tensor, like: Tensor): Tensor {
  const columns = dimAt(g.shape, -1) as number;
  const rows = sizeOfShape(g.shape) / columns;
  const ones = expand(g.graph.constant(1), [1, rows]);
  return reshape(gemm(ones, reshape(g, [rows, columns])), like.shape);
}

/** Shape with these axes removed, or kept as 1. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): Shape =>
  shape.flatMap((dim, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [dim]));
