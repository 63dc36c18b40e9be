import type { DType, Tensor } from '../tensor.ts';
import { along, apply, binary, lift, type Operand, unary } from './apply.ts';

// Elementwise, broadcasting as numpy does.
export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const pow = binary('Pow');
/** The remainder of a / b: with the sign of a for floats, with that of b for integers. */
export const mod = binary('Mod');
/** The sum and the mean of any number of tensors. */
export const sumOf = (tensors: readonly Tensor[]): Tensor => apply('Sum', tensors);
export const meanOf = (tensors: readonly Tensor[]): Tensor => apply('Mean', tensors);
export const maximum = binary('Max');
export const minimum = binary('Min');
export const neg = unary('Neg');
export const abs = unary('Abs');
export const sign = unary('Sign');
export const floor = unary('Floor');
export const ceil = unary('Ceil');
/** To the nearest integer, halves to the even one. */
export const round = unary('Round');
export const exp = unary('Exp');
export const log = unary('Log');
/** 1 / x. */
export const reciprocal = unary('Reciprocal');
export const sqrt = unary('Sqrt');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const tan = unary('Tan');
export const asin = unary('Asin');
export const acos = unary('Acos');
export const atan = unary('Atan');
export const sinh = unary('Sinh');
export const cosh = unary('Cosh');
export const asinh = unary('Asinh');
export const acosh = unary('Acosh');
export const atanh = unary('Atanh');
export const erf = unary('Erf');
export const identity = unary('Identity');
/** x limited to [low, high]; an end left out is open. */
export const clip = (x: Tensor, low?: number, high?: number): Tensor => apply('Clip', [x], { low, high });
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : apply('Cast', [x], { dtype });
/** `a` where the condition holds, else `b`. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  apply('Where', [condition, lift(a, b), lift(b, a)]);
/** x where the condition holds, else 0. A product with the cast is 20 times as fast as Where (0.1 ms for 2.2). */
export const gate = (x: Tensor, condition: Tensor): Tensor => mul(x, cast(condition, x.dtype));
/** Bits of unsigned integers moved. */
export const bitShift = (x: Tensor, by: Tensor, direction: 'LEFT' | 'RIGHT'): Tensor =>
  apply('BitShift', [x, by], { direction });
/** y_t = x_0 + ... + x_t along an axis; `exclusive` leaves x_t out, `reverse` sums from the end. */
export const cumSum = (x: Tensor, axis = -1, { exclusive = false, reverse = false } = {}): Tensor =>
  along('CumSum', [x], axis, { exclusive, reverse });
