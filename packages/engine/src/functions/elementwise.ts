import type { DType, Tensor } from '../tensor.ts';
import { apply, binary, lift, type Operand, unary } from './apply.ts';

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
/** 1 / x. */
export const reciprocal = unary('Reciprocal');
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
