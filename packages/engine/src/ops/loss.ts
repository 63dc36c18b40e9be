import { EngineError } from '../error.ts';
import {
  cast,
  div,
  equal,
  exp,
  expandAs,
  gather,
  mul,
  neg,
  not,
  oneHot,
  reduceSum,
  sigmoid,
  sub,
  unsqueeze,
  where,
} from '../operators.ts';
import { dimAt, formatShape } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { binary, call, operator, requireType } from './operator.ts';

interface Attributes {
  ignoreLabel?: number;
}

export const loss = {
  /**
   * softplus(z) - z t in the form max(z, 0) - z t - log s(|z|), which never overflows and runs on vectors throughout, as
   * Softplus does not. dL/dz = s(z) - t, with s the sigmoid.
   */
  SigmoidCrossEntropyLoss: {
    ...binary((g, z, t) => [mul(g, sub(sigmoid(z), t)), neg(mul(g, z))]),
    emit: ({ inputs: [z, t] }) =>
      call(
        'Sub',
        call('Sub', call('Relu', z), call('Mul', z, t)),
        call('Log', call('Sigmoid', call('Abs', z))),
      ),
  },

  /** dL/dlogits = g w (softmax - onehot) / sum w, with w the weight of each row. */
  SoftmaxCrossEntropyLoss: operator<
    readonly [logits: Tensor, labels: Tensor, weights?: Tensor],
    Attributes,
    readonly [loss: Tensor, logProbabilities: Tensor]
  >({
    infer([logits, labels, weights]) {
      requireType(labels, 'int32', 'int64');
      if (logits.shape.length !== 2 || labels.shape.length !== 1 || logits.shape[0] !== labels.shape[0])
        throw new Error('logits must be [N, C] and labels [N]');
      if (weights !== undefined && formatShape(weights.shape) !== formatShape([dimAt(logits.shape, 1)]))
        throw new Error(`weights must be [${dimAt(logits.shape, 1)}], one for each class`);
      return [
        { dtype: 'float32', shape: [] },
        { dtype: 'float32', shape: logits.shape },
      ];
    },
    optionalOutputs: true,
    emit: ({ type, inputs, attributes: { ignoreLabel } }) => ({
      type,
      inputs,
      ints: ignoreLabel === undefined ? {} : { ignore_index: ignoreLabel },
      strings: { reduction: 'mean' },
    }),
    grad(g, { inputs: [logits, labels, weights], outputs: [, logProbabilities], attributes }, gs) {
      if (gs[1] !== undefined)
        throw new EngineError('not-differentiable', 'differentiate logSoftmax instead');
      const target = oneHot(labels, dimAt(logits.shape, 1) as number);
      const error = sub(exp(logProbabilities), target);
      const weight = unsqueeze(rowWeights(labels, weights, attributes), 1);
      return [mul(error, mul(weight, div(g, reduceSum(weight)))), undefined, undefined];
    },
  }),
} satisfies Record<string, Op>;

/** How much each row counts: its class's weight, nothing if its label is ignored. */
function rowWeights(labels: Tensor, weights: Tensor | undefined, { ignoreLabel }: Attributes): Tensor {
  if (ignoreLabel === undefined)
    return weights === undefined ? expandAs(labels.graph.constant(1), labels) : gather(weights, labels);
  const counts = not(equal(labels, ignoreLabel));
  return weights === undefined
    ? cast(counts, 'float32')
    : where(counts, gather(weights, where(counts, labels, 0)), 0);
}
