import { EngineError } from '../error.ts';
import type { OpName } from '../op-name.ts';
import { formatShape } from '../shape.ts';
import type { Attributes, Graph, Tensor } from '../tensor.ts';

/** Where an operator takes two tensors, one may be a plain number: a constant of the other's type. */
export type Operand = Tensor | number;

export function applyAll(
  type: OpName,
  inputs: readonly Tensor[],
  attributes?: Attributes,
): readonly Tensor[] {
  const graph = inputs[0]?.graph;
  if (graph === undefined) throw new TypeError(`${type} needs an input`);
  return graph.apply(type, inputs, attributes);
}

export function apply(type: OpName, inputs: readonly Tensor[], attributes?: Attributes): Tensor {
  return applyAll(type, inputs, attributes)[0] as Tensor;
}

export function lift(value: Operand, like: Operand): Tensor {
  if (typeof value !== 'number') return value;
  if (typeof like === 'number') throw new TypeError('one of the two operands must be a tensor');
  return like.graph.constant(value, [], like.dtype);
}

/** Counts a negative axis from the end, as numpy does. */
export function axisOf(type: OpName, x: Tensor, axis: number, rank = x.shape.length): number {
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

export const axesOf = (
  type: OpName,
  x: Tensor,
  axes: number | readonly number[],
  rank = x.shape.length,
): number[] => (typeof axes === 'number' ? [axes] : axes).map((axis) => axisOf(type, x, axis, rank));

/** Applies an operator that works along one axis. */
export const along = (
  type: OpName,
  inputs: readonly [Tensor, ...Tensor[]],
  axis: number,
  more: Attributes = {},
): Tensor => apply(type, inputs, { axis: axisOf(type, inputs[0], axis), ...more });

export const unary = (type: OpName) => (x: Tensor) => apply(type, [x]);
export const binary = (type: OpName) => (a: Operand, b: Operand) => apply(type, [lift(a, b), lift(b, a)]);

/** The graph that a list of tensors lives in. */
export function graphOf(tensors: readonly Tensor[]): Graph {
  const graph = tensors[0]?.graph;
  if (graph === undefined) throw new TypeError('no tensor, so no graph');
  return graph;
}
