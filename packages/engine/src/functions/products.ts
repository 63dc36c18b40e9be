import type { Tensor } from '../tensor.ts';
import { apply } from './apply.ts';

/** Matrix product over the last two axes; the axes before them broadcast. A vector is a row before, a column after. */
export const matmul = (a: Tensor, b: Tensor): Tensor => apply('MatMul', [a, b]);

export interface GemmOptions {
  transA?: boolean;
  transB?: boolean;
  alpha?: number;
  beta?: number;
}
/** alpha A B + beta c for matrices, either transposed first; c broadcasts to the result. */
export const gemm = (
  a: Tensor,
  b: Tensor,
  c?: Tensor,
  { transA = false, transB = false, alpha = 1, beta = 1 }: GemmOptions = {},
) => apply('Gemm', c === undefined ? [a, b] : [a, b, c], { transA, transB, alpha, beta });

/**
 * Sums of products by Einstein's convention: `einsum('bij,bjk->bik', a, b)`. One letter an axis; axes that are not in
 * the result are summed over; `...` stands for any axes that are left; without `->` the result has the letters that
 * occur once, in the order of the alphabet.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const letters = left.replaceAll(/[^a-zA-Z]/g, '').split('');
  const once = [...new Set(letters)].filter(
    (letter) => letters.indexOf(letter) === letters.lastIndexOf(letter),
  );
  const free = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('').filter((letter) => !letters.includes(letter));
  const rest = terms.map((term, k) =>
    term.includes('...') ? (operands[k]?.shape.length ?? 0) - (term.length - 3) : 0,
  );
  const most = Math.max(0, ...rest);
  const named = terms.map((term, k) => term.replace('...', free.slice(most - (rest[k] ?? 0), most).join('')));
  const result = right ?? `${left.includes('...') ? '...' : ''}${once.sort().join('')}`;
  return apply('Einsum', operands, {
    equation: `${named.join()}->${result.replace('...', free.slice(0, most).join(''))}`,
  });
}
