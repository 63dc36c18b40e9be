import { mul, sigmoid } from '../operators.ts';
import type { Tensor } from '../tensor.ts';

/** x sigmoid(x), also called swish (Elfwing et al., 2017). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** silu(gate) up, the gated unit of SwiGLU (Shazeer, 2020, equation 6). */
export const swiglu = (gate: Tensor, up: Tensor): Tensor => mul(silu(gate), up);
