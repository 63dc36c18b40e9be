import type { Tensor } from '../tensor.ts';
import { apply, binary, unary } from './apply.ts';

// Comparison and logic: results are bool, and nothing is differentiated through them.
export const equal = binary('Equal');
export const greater = binary('Greater');
export const greaterOrEqual = binary('GreaterOrEqual');
export const less = binary('Less');
export const lessOrEqual = binary('LessOrEqual');
export const and = (a: Tensor, b: Tensor): Tensor => apply('And', [a, b]);
export const or = (a: Tensor, b: Tensor): Tensor => apply('Or', [a, b]);
export const xor = (a: Tensor, b: Tensor): Tensor => apply('Xor', [a, b]);
export const not = unary('Not');
export const isNaN = unary('IsNaN');
/** Infinite in either direction, unless one is left out. */
export const isInf = (x: Tensor, { negative = true, positive = true } = {}): Tensor =>
  apply('IsInf', [x], { negative, positive });
