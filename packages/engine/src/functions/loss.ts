import type { Tensor } from '../tensor.ts';
import { apply, applyAll } from './apply.ts';

export interface CrossEntropyOptions {
  /** float32 [C], how much a row of each class counts. */
  weights?: Tensor;
  /** Rows with this label do not count. */
  ignoreLabel?: number;
}
/**
 * The weighted mean over rows of -log softmax(logits)[label]: a scalar from logits [N, C] and integer labels [N].
 * `logProbabilities` [N, C] comes along for measures; it is not differentiable.
 */
export function softmaxCrossEntropyWithLogProbabilities(
  logits: Tensor,
  labels: Tensor,
  { weights, ignoreLabel }: CrossEntropyOptions = {},
): { loss: Tensor; logProbabilities: Tensor } {
  const inputs = weights === undefined ? [logits, labels] : [logits, labels, weights];
  const [loss, logProbabilities] = applyAll('SoftmaxCrossEntropyLoss', inputs, { ignoreLabel });
  return { loss: loss as Tensor, logProbabilities: logProbabilities as Tensor };
}
export const softmaxCrossEntropy = (logits: Tensor, labels: Tensor, options?: CrossEntropyOptions): Tensor =>
  softmaxCrossEntropyWithLogProbabilities(logits, labels, options).loss;

/** -t log s(z) - (1 - t) log(1 - s(z)) for s the sigmoid, each element from its logit z and target t in [0, 1]. */
export const sigmoidCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  apply('SigmoidCrossEntropyLoss', [logits, targets]);
