import { add, gather, gemm, matmul, mul, reshape, transpose } from '../operators.ts';
import { dimAt, isStatic } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Rows of a table [V, D] by int32 or int64 ids of any shape: [...ids, D]. */
export const embedding = (table: Tensor, ids: Tensor): Tensor => gather(table, ids, 0);

/**
 * x W + b over the last axis: x [..., in], w [in, out] or with `transB` [out, in] as PyTorch's Linear keeps it, b [out].
 */
export function linear(x: Tensor, w: Tensor, b?: Tensor, { transB = false }: LinearOptions = {}): Tensor {
  if (x.shape.length === 2) return gemm(x, w, b, { transB });
  if (transB && isStatic(x.shape)) {
    const rows = reshape(x, [-1, dimAt(x.shape, -1)]);
    return reshape(gemm(rows, w, b, { transB }), [...x.shape.slice(0, -1), dimAt(w.shape, 0)]);
  }
  const y = matmul(x, transB ? transpose(w) : w);
  return b === undefined ? y : add(y, b);
}

export interface LinearOptions {
  transB?: boolean;
}

/** Inverted dropout (Srivastava et al., 2014): the fed mask holds 0 or 1 / (1 - rate), drawn by the caller's Random. */
export const dropout = (x: Tensor, mask: Tensor): Tensor => mul(x, mask);
