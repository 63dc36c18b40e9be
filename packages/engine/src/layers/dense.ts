import { add, gather, gemm, matmul, mul } from '../operators.ts';
import type { Tensor } from '../tensor.ts';

/** Rows of a table [V, D] by int32 or int64 ids of any shape: [...ids, D]. */
export const embedding = (table: Tensor, ids: Tensor): Tensor => gather(table, ids, 0);

/** x W + b over the last axis: x [..., in], w [in, out], b [out]. */
export function linear(x: Tensor, w: Tensor, b?: Tensor): Tensor {
  if (x.shape.length === 2) return gemm(x, w, b);
  return b === undefined ? matmul(x, w) : add(matmul(x, w), b);
}

/** Inverted dropout (Srivastava et al., 2014): the fed mask holds 0 or 1 / (1 - rate), drawn by the caller's Random. */
export const dropout = (x: Tensor, mask: Tensor): Tensor => mul(x, mask);
