import type { Tensor } from '../tensor.ts';
import { apply, applyAll } from './apply.ts';

export interface CrossEntropyOptions {
  /** float32 [C], how much a row of each class counts. */
  weights?: Tensor;
  /** Rows with this label do not count. */
  ignoreLabel?: number;
  /** The share of the target that all classes have in common, in [0, 1); 0 by default, not with `weights`. */
  smoothing?: number;
}
/**
 * The weighted mean over rows of -log softmax(logits)[label]: a scalar from logits [N, C] and integer labels [N]. With
 * smoothing s it becomes (1 - s) times that plus s times the mean over all classes (Szegedy et al., 2016).
 * `logProbabilities` [N, C] comes along for measures; it is not differentiable.
 *
 * @throws RangeError for a smoothing out of range
 */
export function softmaxCrossEntropyWithLogProbabilities(
  logits: Tensor,
  labels: Tensor,
  { weights, ignoreLabel, smoothing = 0 }: CrossEntropyOptions = {},
): { loss: Tensor; logProbabilities: Tensor } {
  if (!(smoothing >= 0 && smoothing < 1))
    throw new RangeError(`smoothing must lie in [0, 1), not ${smoothing}`);
  const inputs = weights === undefined ? [logits, labels] : [logits, labels, weights];
  const outputs = applyAll('SoftmaxCrossEntropyLoss', inputs, { ignoreLabel });
  const [nll, logProbabilities] = outputs as readonly [Tensor, Tensor];
  if (smoothing === 0) return { loss: nll, logProbabilities };
  if (weights !== undefined) throw new RangeError('labels of weighted classes cannot be smoothed');
  const smoothed = [logits, labels, nll, logProbabilities];
  return { loss: apply('SmoothedCrossEntropyLoss', smoothed, { ignoreLabel, smoothing }), logProbabilities };
}
export const softmaxCrossEntropy = (logits: Tensor, labels: Tensor, options?: CrossEntropyOptions): Tensor =>
  softmaxCrossEntropyWithLogProbabilities(logits, labels, options).loss;

/** -t log s(z) - (1 - t) log(1 - s(z)) for s the sigmoid, each element from its logit z and target t in [0, 1]. */
export const sigmoidCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  apply('SigmoidCrossEntropyLoss', [logits, targets]);
