import {
  dropout,
  gelu,
  type Initializer,
  initializers,
  linear,
  type Random,
  relu,
  sigmoid,
  type Tensor,
  tanh,
} from '@banyan/engine';
import { z } from 'zod';
import type { Feeds } from '../algorithm.ts';
import { dropoutMask } from '../fit/batches.ts';

const { kaiming, xavier, zeros } = initializers;

/** Dense layers, each followed by an activation and thinned out while training: the mlp, and the end of a cnn. */
export interface FeedForward {
  hidden: number[];
  activation: keyof typeof activations;
  dropout: number;
}

export const activations = { relu, gelu, tanh, sigmoid };

export const feedForwardFields = (defaults: FeedForward) => ({
  hidden: z
    .array(z.int().min(1).max(8192))
    .max(32)
    .default(defaults.hidden)
    .describe('Width of each hidden layer; an empty list leaves a linear model.'),
  activation: z
    .enum(['relu', 'gelu', 'tanh', 'sigmoid'])
    .default(defaults.activation)
    .describe('The function f between two layers.'),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(defaults.dropout)
    .describe('Share of hidden units silenced at each training step, against overfitting.'),
});

/** First weights that keep the variance of what passes an activation. */
export const gainOf = (activation: FeedForward['activation']): Initializer =>
  activation === 'relu' || activation === 'gelu' ? kaiming : xavier;

/**
 * h_l = f(W_l h_(l-1) + b_l), head = W_L h_(L-1) + b_L: h_0 [N, in] to [N, out]. `masks` silence hidden units.
 *
 * @param name the parameters are `name.l.weight` and `name.l.bias`
 * @param final the first weights of the last layer
 */
export function feedForward(
  name: string,
  { hidden, activation }: FeedForward,
  h: Tensor,
  out: number,
  { masks = [], final = xavier }: { masks?: readonly Tensor[]; final?: Initializer } = {},
): Tensor {
  const dense = (l: number, x: Tensor, width: number, initial: Initializer): Tensor => {
    const w = x.graph.parameter(`${name}.${l}.weight`, [x.shape[1] as number, width], initial);
    return linear(x, w, x.graph.parameter(`${name}.${l}.bias`, [width], zeros));
  };
  const top = hidden.reduce((x, width, l) => {
    const y = activations[activation](dense(l, x, width, gainOf(activation)));
    const mask = masks[l];
    return mask === undefined ? y : dropout(y, mask);
  }, h);
  return dense(hidden.length, top, out, final);
}

/** The inputs of a training graph that silence hidden units, one a layer: [N, width]. */
export const maskInputs = ({ hidden, dropout }: FeedForward, { graph, shape }: Tensor): Tensor[] =>
  dropout === 0 ? [] : hidden.map((width, l) => graph.input(`mask.${l}`, 'float32', [shape[0]!, width]));

export const maskFeeds = ({ hidden, dropout }: FeedForward, rows: number, random: Random): Feeds =>
  dropout === 0
    ? {}
    : Object.fromEntries(hidden.map((width, l) => [`mask.${l}`, dropoutMask(random, rows * width, dropout)]));
