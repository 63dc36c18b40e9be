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
