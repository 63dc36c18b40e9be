import { exp, mul, reduceMean, reduceSum, sub } from '../operators.ts';
import { dimAt, formatShape, sameShape, withDim } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { operator, unbroadcast } from './operator.ts';

const alongAxis = (grad: (g: Tensor, y: Tensor, sum: (t: Tensor) => Tensor) => Tensor): Op =>
  operator<readonly [Tensor], { axis: number }>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis } }),
    grad: (g, { outputs: [y], attributes: { axis } }) => [
      grad(g, y, (t) => reduceSum(t, axis, { keepDims: true })),
    ],
  });

const average = (t: Tensor): Tensor => reduceMean(t, -1, { keepDims: true });

export const normalisation = {
  Softmax: alongAxis((g, y, sum) => mul(y, sub(g, sum(mul(g, y))))),
  LogSoftmax: alongAxis((g, y, sum) => sub(g, mul(exp(y), sum(g)))),

  /** With x^ = (x - mean) / deviation: dx = (h - mean(h) - x^ mean(h x^)) / deviation for h = g scale. */
  LayerNormalization: operator<
    readonly [x: Tensor, scale: Tensor, bias: Tensor],
    { epsilon: number },
    readonly [y: Tensor, mean: Tensor, inverseDeviation: Tensor]
  >({
    infer([x, scale, bias]) {
      const width = [dimAt(x.shape, -1)];
      if (!sameShape(scale.shape, width) || !sameShape(bias.shape, width))
        throw new Error(`scale and bias must be ${formatShape(width)}, the last axis of x`);
      const moment = { dtype: x.dtype, shape: withDim(x.shape, x.shape.length - 1, 1) };
      return [{ dtype: x.dtype, shape: x.shape }, moment, moment];
    },
    optionalOutputs: true,
    emit: ({ type, inputs, attributes: { epsilon } }) => ({
      type,
      inputs,
      ints: { axis: -1 },
      floats: { epsilon },
    }),
    grad(g, { inputs: [x, scale, bias], outputs: [, mean, inverseDeviation] }) {
      const normal = mul(sub(x, mean), inverseDeviation);
      const h = mul(g, scale);
      const dx = mul(inverseDeviation, sub(sub(h, average(h)), mul(normal, average(mul(h, normal)))));
      return [dx, unbroadcast(mul(g, normal), scale), unbroadcast(g, bias)];
    },
  }),
} satisfies Record<string, Op>;
