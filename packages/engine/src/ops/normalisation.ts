import {
  abs,
  add,
  div,
  exp,
  mul,
  neg,
  pad,
  pow,
  reciprocal,
  reduceMean,
  reduceSum,
  reshape,
  slice,
  sqrt,
  sub,
  sumOf,
} from '../operators.ts';
import { dimAt, formatShape, sameShape } from '../shape.ts';
import type { Op, Shape, Tensor } from '../tensor.ts';
import { throughComposition } from './composite.ts';
import { operator, unbroadcast } from './operator.ts';

const alongAxis = (grad: (g: Tensor, y: Tensor, sum: (t: Tensor) => Tensor) => Tensor): Op =>
  operator<readonly [Tensor], { axis: number }>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis } }),
    grad: (g, { outputs: [y], attributes: { axis } }) => [
      grad(g, y, (t) => reduceSum(t, axis, { keepDims: true })),
    ],
  });

/** The mean over these axes, which stay as 1. */
const average = (t: Tensor, axes: number | readonly number[]): Tensor =>
  reduceMean(t, axes, { keepDims: true });

const axesFrom = (axis: number, { shape }: Tensor): number[] => shape.map((_, at) => at).slice(axis);

/** One number for each channel against x [N, C, D1, D2, ...]. */
const channelwise = (t: Tensor, { shape }: Tensor): Tensor =>
  reshape(t, [dimAt(t.shape, 0), ...shape.slice(2).map(() => 1)]);

/** All axes of x but the channels. */
const axesButChannels = ({ shape }: Tensor): number[] =>
  shape.map((_, axis) => axis).filter((axis) => axis !== 1);

/**
 * dx for x^ = (x - mean) s with mean and s = 1 / deviation taken over `axes`, from h = dL/dx^:
 * dx = s (h - mean(h) - x^ mean(h x^)).
 */
const standardised = (h: Tensor, normal: Tensor, s: Tensor, axes: readonly number[]): Tensor =>
  mul(s, sub(sub(h, average(h, axes)), mul(normal, average(mul(h, normal), axes))));

function requireShape(name: string, tensor: Tensor | undefined, shape: Shape): void {
  if (tensor !== undefined && !sameShape(tensor.shape, shape))
    throw new Error(`${name} must be ${formatShape(shape)}, not ${formatShape(tensor.shape)}`);
}

const requireChannelwise = (x: Tensor, tensors: Readonly<Record<string, Tensor>>): void => {
  for (const [name, tensor] of Object.entries(tensors)) requireShape(name, tensor, [dimAt(x.shape, 1)]);
};

export const normalisation = {
  Softmax: alongAxis((g, y, sum) => mul(y, sub(g, sum(mul(g, y))))),
  LogSoftmax: alongAxis((g, y, sum) => sub(g, mul(exp(y), sum(g)))),

  LayerNormalization: operator<
    readonly [x: Tensor, scale: Tensor, bias?: Tensor],
    { axis: number; epsilon: number },
    readonly [y: Tensor, mean: Tensor, inverseDeviation: Tensor]
  >({
    infer([x, scale, bias], { axis }) {
      requireShape('scale', scale, x.shape.slice(axis));
      requireShape('bias', bias, x.shape.slice(axis));
      const moment = { dtype: x.dtype, shape: x.shape.map((dim, at) => (at < axis ? dim : 1)) };
      return [{ dtype: x.dtype, shape: x.shape }, moment, moment];
    },
    optionalOutputs: true,
    emit: ({ type, inputs, attributes: { axis, epsilon } }) => ({
      type,
      inputs,
      ints: { axis },
      floats: { epsilon },
    }),
    grad(g, { inputs: [x, scale, bias], outputs: [, mean, inverseDeviation], attributes: { axis } }) {
      const normal = mul(sub(x, mean), inverseDeviation);
      const dx = standardised(mul(g, scale), normal, inverseDeviation, axesFrom(axis, x));
      return [dx, unbroadcast(mul(g, normal), scale), bias && unbroadcast(g, bias)];
    },
  }),

  /** ONNX Runtime's kernel; ONNX itself has the operator from opset 23 on. x^ = x s, s = 1 / rms(x). */
  RMSNormalization: operator<
    readonly [x: Tensor, scale: Tensor],
    { axis: number; epsilon: number },
    readonly [y: Tensor, inverseRms: Tensor]
  >({
    infer([x, scale], { axis }) {
      requireShape('scale', scale, x.shape.slice(axis));
      const moment = { dtype: x.dtype, shape: x.shape.map((dim, at) => (at < axis ? dim : 1)) };
      return [{ dtype: x.dtype, shape: x.shape }, moment];
    },
    optionalOutputs: true,
    emit: ({ inputs, attributes: { axis, epsilon } }) => ({
      type: 'SimplifiedLayerNormalization',
      inputs,
      ints: { axis },
      floats: { epsilon },
    }),
    grad(g, { inputs: [x, scale], outputs: [, inverseRms], attributes: { axis } }) {
      const normal = mul(x, inverseRms);
      const h = mul(g, scale);
      const dx = mul(inverseRms, sub(h, mul(normal, average(mul(h, normal), axesFrom(axis, x)))));
      return [dx, unbroadcast(mul(g, normal), scale)];
    },
  }),

  /** With the running statistics: an affine map of each channel. */
  BatchNormalization: operator<
    readonly [x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor],
    { epsilon: number }
  >({
    infer([x, scale, bias, mean, variance]) {
      requireChannelwise(x, { scale, bias, mean, variance });
      return [{ dtype: x.dtype, shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { epsilon } }) => ({ type, inputs, floats: { epsilon } }),
    grad(g, { inputs: [x, scale, , mean, variance], attributes: { epsilon } }) {
      const s = reciprocal(sqrt(add(variance, epsilon)));
      const total = (t: Tensor) => reduceSum(t, axesButChannels(x));
      const [dbias, dscale] = [total(g), mul(total(mul(g, sub(x, channelwise(mean, x)))), s)];
      return [
        mul(g, channelwise(mul(scale, s), x)),
        dscale,
        dbias,
        neg(mul(dbias, mul(scale, s))),
        mul(mul(dscale, mul(scale, mul(s, s))), -0.5),
      ];
    },
  }),

  InstanceNormalization: operator<readonly [x: Tensor, scale: Tensor, bias: Tensor], { epsilon: number }>({
    infer([x, scale, bias]) {
      requireChannelwise(x, { scale, bias });
      return [{ dtype: x.dtype, shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { epsilon } }) => ({ type, inputs, floats: { epsilon } }),
    grad(g, { inputs: [x, scale], attributes: { epsilon } }) {
      const axes = axesFrom(2, x);
      const centred = sub(x, average(x, axes));
      const s = reciprocal(sqrt(add(average(mul(centred, centred), axes), epsilon)));
      const normal = mul(centred, s);
      const total = (t: Tensor) => reduceSum(t, axesButChannels(x));
      const dx = standardised(mul(g, channelwise(scale, x)), normal, s, axes);
      return [dx, total(mul(g, normal)), total(g)];
    },
  }),

  /** x / (bias + alpha / size * sum of squares of the channels around it)^beta, as AlexNet had it. */
  LRN: operator<readonly [Tensor], { size: number; alpha: number; beta: number; bias: number }>({
    infer([x], { size }) {
      if (x.shape.length !== 4) throw new Error('x must be [N, C, H, W]');
      if (size % 2 !== 1) throw new Error(`the kernel takes an odd number of channels, not ${size}`);
      return [{ dtype: x.dtype, shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { size, alpha, beta, bias } }) => ({
      type,
      inputs,
      ints: { size },
      floats: { alpha, beta, bias },
    }),
    grad: throughComposition(([x], { size, alpha, beta, bias }) => {
      const border = [0, (size - 1) / 2, 0, 0];
      const squares = pad(mul(x, x), border, border);
      const channels = dimAt(x.shape, 1) as number;
      const shifted = Array.from({ length: size }, (_, k) => slice(squares, 1, k, k + channels));
      return [div(x, pow(add(mul(sumOf(shifted), alpha / size), bias), beta))];
    }),
  }),

  /** x / |x| along an axis, with the sum of absolute values or the Euclidean norm. */
  LpNormalization: operator<readonly [Tensor], { axis: number; p: number }>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes: { axis, p } }) => ({ type, inputs, ints: { axis, p } }),
    grad: throughComposition(([x], { axis, p }) => {
      const total = (t: Tensor) => reduceSum(t, axis, { keepDims: true });
      return [div(x, p === 1 ? total(abs(x)) : sqrt(total(mul(x, x))))];
    }),
  }),
} satisfies Record<string, Op>;
