import type { Tensor } from '../tensor.ts';
import { along, apply } from './apply.ts';

export const softmax = (x: Tensor, axis = -1): Tensor => along('Softmax', [x], axis);
export const logSoftmax = (x: Tensor, axis = -1): Tensor => along('LogSoftmax', [x], axis);
/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis (Ba et al., 2016). */
export const layerNormalization = (x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor =>
  apply('LayerNormalization', [x, scale, bias], { epsilon });
