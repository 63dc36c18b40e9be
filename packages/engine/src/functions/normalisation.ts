import { dimAt } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { along, apply } from './apply.ts';
import { add, div, mul, sqrt, sub } from './elementwise.ts';
import { reduceMean } from './reduce.ts';
import { expand, reshape, reshapeAs } from './shape.ts';

export const softmax = (x: Tensor, axis = -1): Tensor => along('Softmax', [x], axis);
export const logSoftmax = (x: Tensor, axis = -1): Tensor => along('LogSoftmax', [x], axis);
/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the axes from `axis` on (Ba et al., 2016). */
export const layerNormalization = (
  x: Tensor,
  scale: Tensor,
  bias?: Tensor,
  epsilon = 1e-5,
  axis = -1,
): Tensor =>
  along('LayerNormalization', bias === undefined ? [x, scale] : [x, scale, bias], axis, { epsilon });

/** x / sqrt(mean(x^2) + epsilon) * scale over the axes from `axis` on (Zhang and Sennrich, 2019). */
export const rmsNormalization = (x: Tensor, scale: Tensor, epsilon = 1e-5, axis = -1): Tensor =>
  along('RMSNormalization', [x, scale], axis, { epsilon });

/**
 * Batch normalisation with fixed statistics, as it is used after training (Ioffe and Szegedy, 2015): x [N, C, ...], all
 * others [C].
 */
export const batchNormalization = (
  x: Tensor,
  scale: Tensor,
  bias: Tensor,
  mean: Tensor,
  variance: Tensor,
  epsilon = 1e-5,
): Tensor => apply('BatchNormalization', [x, scale, bias, mean, variance], { epsilon });

/**
 * Batch normalisation with the batch's own statistics, as it is trained: x [N, C, ...], scale and bias [C]. `mean` and
 * `variance` (biased) [C] are for the running averages that `batchNormalization` takes afterwards.
 */
export function batchNormalizationOfBatch(
  x: Tensor,
  scale: Tensor,
  bias: Tensor,
  epsilon = 1e-5,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const channel = (t: Tensor) => reshape(t, [dimAt(x.shape, 1), ...x.shape.slice(2).map(() => 1)]);
  const mean = reduceMean(x, axes);
  const centred = sub(x, channel(mean));
  const variance = reduceMean(mul(centred, centred), axes);
  const slope = div(scale, sqrt(add(variance, epsilon)));
  return { y: add(mul(centred, channel(slope)), channel(bias)), mean, variance };
}

/** Each channel of each example normalised by itself (Ulyanov et al., 2016): x [N, C, ...], scale and bias [C]. */
export const instanceNormalization = (x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor =>
  apply('InstanceNormalization', [x, scale, bias], { epsilon });

/**
 * Groups of channels normalised by themselves (Wu and He, 2018): x [N, C, ...], scale and bias [C]. Written as
 * PyTorch's exporter does, because ONNX's operator had one scale a group until opset 21.
 */
export function groupNormalization(
  x: Tensor,
  groups: number,
  scale: Tensor,
  bias: Tensor,
  epsilon = 1e-5,
): Tensor {
  const grouped = reshape(x, [dimAt(x.shape, 0), groups, -1]);
  const same = (value: number) => expand(x.graph.constant(value), [groups]);
  const normal = reshapeAs(instanceNormalization(grouped, same(1), same(0), epsilon), x);
  const channel = (t: Tensor) => reshape(t, [dimAt(x.shape, 1), ...x.shape.slice(2).map(() => 1)]);
  return add(mul(normal, channel(scale)), channel(bias));
}

/** x divided by its norm along an axis: the sum of absolute values (p = 1) or the Euclidean norm (p = 2). */
export const lpNormalization = (x: Tensor, p: 1 | 2 = 2, axis = -1): Tensor =>
  along('LpNormalization', [x], axis, { p });

/**
 * Local response normalisation across an odd number of neighbouring channels (Krizhevsky et al., 2012): x [N, C, H, W] over
 * (bias + alpha / size * sum of their squares)^beta.
 */
export const lrn = (x: Tensor, size: number, { alpha = 1e-4, beta = 0.75, bias = 1 } = {}): Tensor =>
  apply('LRN', [x], { size, alpha, beta, bias });
