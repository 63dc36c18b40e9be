import { EngineError } from '../error.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';
import type { ForeignAttributes } from './attributes.ts';
import type { Sizes } from './sizes.ts';

/** A node of a file of others, as the table of readers sees it. */
export interface ForeignNode {
  readonly operator: string;
  /** The version of the operators it is written in. */
  readonly opset: number;
  readonly attributes: ForeignAttributes;
  /** Where what it computes is built. */
  readonly graph: Graph;
  /** How many inputs it lists, left out or not, and how many outputs. */
  readonly inputCount: number;
  readonly outputCount: number;
  /** A required input. Throws EngineError 'format' where it is missing. */
  readonly input: (at: number) => Tensor;
  /** An optional input. */
  readonly optional: (at: number) => Tensor | undefined;
  /** A required input that is never trained, as a statistic of the data: weights of the file become a constant. */
  readonly constant: (at: number) => Tensor;
  /** The numbers of an input that `numbers` of the reader lists; undefined if left out or known at run time only. */
  readonly data: (at: number) => TensorData | undefined;
  /** The elements of an input that is a shape, numbers or names of sizes, as far as they are known. */
  readonly sizes: (at: number) => Sizes | undefined;
  /** Whether somebody may use the output at this place. */
  readonly hasOutput: (at: number) => boolean;
}

/** What a node becomes: its outputs in our operators, or undefined where none of them does quite this. */
export type Reading = Tensor | readonly (Tensor | undefined)[] | undefined;

export interface NodeReader {
  /** Inputs whose numbers we keep as attributes, as axes, shapes and ends. */
  readonly numbers: readonly number[];
  read(node: ForeignNode): Reading;
}

export const reader = (read: NodeReader['read']): NodeReader => ({ numbers: [], read });

/** A reader that needs the numbers of some inputs. */
export const readerWith = (numbers: readonly number[], read: NodeReader['read']): NodeReader => ({
  numbers,
  read,
});

/** Axes, sizes, ends: no list of them is longer. */
const MOST_NUMBERS = 4096;

/** The numbers of an input as JavaScript has them; `far` ends of slices stay beyond every axis. */
export function numbersAt(node: ForeignNode, at: number): readonly number[] | undefined {
  const data = node.data(at)?.data;
  if (data === undefined) return undefined;
  if (data.length > MOST_NUMBERS)
    throw new EngineError('format', `${node.operator} has ${data.length} numbers as its input ${at}`);
  return Array.from<unknown, number>(data, Number);
}

/** The number of an input that must be a scalar, or a list of one. */
export function numberAt(node: ForeignNode, at: number): number | undefined {
  const numbers = numbersAt(node, at);
  return numbers?.length === 1 ? numbers[0] : undefined;
}

/** Whether an input that we need as numbers is there but known at run time only. */
export const isOpen = (node: ForeignNode, at: number): boolean =>
  node.optional(at) !== undefined && node.data(at) === undefined;

/** All inputs of a variadic operator. */
export const inputsOf = (node: ForeignNode): readonly [Tensor, ...Tensor[]] => [
  node.input(0),
  ...Array.from({ length: node.inputCount - 1 }, (_, at) => node.input(at + 1)),
];

/** A negative axis counted from the front. */
export const axisFrom = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
