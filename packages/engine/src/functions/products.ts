import type { Tensor } from '../tensor.ts';
import { apply } from './apply.ts';

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
