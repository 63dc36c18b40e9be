import { add, mul, sigmoid, tanh } from '../operators.ts';
import type { Tensor } from '../tensor.ts';

/** x sigmoid(x), also called swish (Elfwing et al., 2017). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** silu(gate) up, the gated unit of SwiGLU (Shazeer, 2020, equation 6). */
export const swiglu = (gate: Tensor, up: Tensor): Tensor => mul(silu(gate), up);

/** x Phi(x) with Phi by tanh (Hendrycks and Gimpel, 2016), off by up to 5e-4; GPT-2 was trained with it. */
export function geluTanh(x: Tensor): Tensor {
  const scale = Math.sqrt(2 / Math.PI);
  const inner = mul(x, add(mul(mul(x, x), 0.044715 * scale), scale));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
