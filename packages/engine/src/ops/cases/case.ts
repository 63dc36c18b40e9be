import { tensorData } from '../../dtype.ts';
import { cast } from '../../operators.ts';
import type { Tensor, TensorData } from '../../tensor.ts';
/** Reads an element, as x(i, j). */
export type Elements = (...index: readonly number[]) => number;

/**
 * An operator at work: on random inputs of these shapes (or fixed data), `build` in a graph and `reference` in double
 * precision, element by element, must agree; so must their derivatives, the reference's by finite differences.
 */
export interface Case {
  inputs: readonly (readonly number[] | TensorData)[];
  build: (...inputs: Tensor[]) => Tensor;
  reference: (...inputs: Elements[]) => Elements;
  /** Random inputs lie in this range; [-2, 2] unless the function asks for another. */
  domain?: readonly [number, number];
}

/** The sum of n terms. */
export const sum = (n: number, term: (k: number) => number): number =>
  Array.from({ length: n }, (_, k) => term(k)).reduce((total, value) => total + value, 0);
export const bool = (truth: boolean): number => Number(truth);

export const ids = (shape: number[], values: number[], dtype: 'int32' | 'int64' = 'int64'): TensorData =>
  tensorData(dtype, shape, values);
export const asFloat = (x: Tensor): Tensor => cast(x, 'float32');

/** Abramowitz and Stegun 7.1.5, the series of erf. */
export function errorFunction(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** One input of shape [2, 3]. */
export const unary = (
  build: (x: Tensor) => Tensor,
  f: (x: number) => number,
  domain?: Case['domain'],
): Case[] => [{ inputs: [[2, 3]], build, reference: (x) => (i, j) => f(x(i, j)), ...(domain && { domain }) }];

/** Equal shapes, a row against a matrix, a matrix against a column. */
export const binary = (
  build: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  domain?: Case['domain'],
): Case[] =>
  [
    {
      inputs: [
        [2, 3],
        [2, 3],
      ],
      reference: (a: Elements, b: Elements) => (i: number, j: number) => f(a(i, j), b(i, j)),
    },
    {
      inputs: [[3], [2, 3]],
      reference: (a: Elements, b: Elements) => (i: number, j: number) => f(a(j), b(i, j)),
    },
    {
      inputs: [
        [2, 3],
        [2, 1],
      ],
      reference: (a: Elements, b: Elements) => (i: number, j: number) => f(a(i, j), b(i, 0)),
    },
  ].map((some) => ({ ...some, build, ...(domain && { domain }) }));

/** Every index of a box of these sizes. */
export const indicesOf = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (heads, size) => heads.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );
