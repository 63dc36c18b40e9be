import { dtypes, tensorData } from '../dtype.ts';
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
import type { OnnxCall, Op, Tensor } from '../tensor.ts';
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
      return [mul(error, shares(g, rowWeights(labels, weights, attributes))), undefined, undefined];
    },
  }),

  /**
   * (1 - s) nll + s mean(-logProbabilities) from what SoftmaxCrossEntropyLoss gave for the same rows (Szegedy et al.,
   * 2016, section 7). The derivative is that of the logits themselves, with the target spread by s over all C classes:
   * dL/dlogits = g w (softmax - ((1 - s) onehot + s / C)) / sum w, with w 0 for a row whose label is ignored.
   */
  SmoothedCrossEntropyLoss: operator<
    readonly [logits: Tensor, labels: Tensor, nll: Tensor, logProbabilities: Tensor],
    Attributes & { smoothing: number }
  >({
    infer: () => [{ dtype: 'float32', shape: [] }],
    emit({ inputs: [, labels, nll, logProbabilities], attributes: { smoothing, ignoreLabel } }) {
      const spread = call('Neg', meanOfRows(logProbabilities, labels, ignoreLabel));
      const [keep, share] = [1 - smoothing, smoothing].map((value) => tensorData('float32', [], [value]));
      return call('Add', call('Mul', nll, keep), call('Mul', spread, share));
    },
    grad(g, { inputs: [logits, labels, , logProbabilities], attributes }) {
      const classes = dimAt(logits.shape, 1) as number;
      const off = attributes.smoothing / classes;
      const target = oneHot(labels, classes, { off, on: 1 - attributes.smoothing + off });
      const error = sub(exp(logProbabilities), target);
      return [mul(error, shares(g, rowWeights(labels, undefined, attributes)))];
    },
  }),
} satisfies Record<string, Op>;

/** What each row's error is multiplied with, [N, 1]: its share of g. */
function shares(g: Tensor, weights: Tensor): Tensor {
  const weight = unsqueeze(weights, 1);
  return mul(weight, div(g, reduceSum(weight)));
}

const total = (values: OnnxCall): OnnxCall => ({ ...call('ReduceSum', values), ints: { keepdims: 0 } });

/** The mean of x [N, C] over the rows that count, in ONNX. */
function meanOfRows(x: Tensor, labels: Tensor, ignoreLabel: number | undefined): OnnxCall {
  if (ignoreLabel === undefined) return { ...call('ReduceMean', x), ints: { keepdims: 0 } };
  const ignored = tensorData(labels.dtype, [], [ignoreLabel]);
  const counts: OnnxCall = {
    ...call('Cast', call('Not', call('Equal', labels, ignored))),
    ints: { to: dtypes.float32.onnx },
  };
  const rows: OnnxCall = { ...call('ReduceMean', x, tensorData('int64', [1], [1])), ints: { keepdims: 0 } };
  return call('Div', total(call('Mul', rows, counts)), total(counts));
}

/** How much each row counts: its class's weight, nothing if its label is ignored. */
function rowWeights(labels: Tensor, weights: Tensor | undefined, { ignoreLabel }: Attributes): Tensor {
  if (ignoreLabel === undefined)
    return weights === undefined ? expandAs(labels.graph.constant(1), labels) : gather(weights, labels);
  const counts = not(equal(labels, ignoreLabel));
  return weights === undefined
    ? cast(counts, 'float32')
    : where(counts, gather(weights, where(counts, labels, 0)), 0);
}
