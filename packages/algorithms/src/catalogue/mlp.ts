import {
  dropout,
  gelu,
  initializers,
  linear,
  relu,
  reshape,
  sigmoid,
  type Tensor,
  tanh,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape } from '../algorithm.ts';
import { dropoutMask, exampleSize } from '../fit/batches.ts';
import { embedCategories, embedShares, relaxedShape } from './categories.ts';
import { addLastKnown, isResidual, residualField } from './residual.ts';
import {
  headWidth,
  simplestFor,
  supervisedAnswer,
  supervisedFeeds,
  supervisedProgram,
} from './supervised.ts';
import { epochFields, epochPlan } from './training-fields.ts';

const { kaiming, xavier, zeros } = initializers;

const activations = { relu, gelu, tanh, sigmoid };

const config = z.strictObject({
  hidden: z
    .array(z.int().min(1).max(8192))
    .max(32)
    .default([64, 64])
    .describe('Width of each hidden layer; an empty list leaves a linear model.'),
  activation: z
    .enum(['relu', 'gelu', 'tanh', 'sigmoid'])
    .default('relu')
    .describe('The function f between two layers.'),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .describe('Share of hidden units silenced at each training step, against overfitting.'),
  residual: residualField,
  embedding: z
    .int()
    .min(0)
    .max(512)
    .default(0)
    .describe(
      'Learned numbers that stand for each ordinal category; 0: by the rule of thumb 1.6 n^0.56 for n categories.',
    ),
  ...epochFields({
    epochs: 100,
    batchSize: 32,
    learningRate: 3e-3,
    weightDecay: 0.01,
    patience: 20,
    clipNorm: 0,
  }),
});

type MlpConfig = z.infer<typeof config>;

/**
 * h_0 = x, h_l = f(W_l h_(l-1) + b_l), head = W_L h_(L-1) + b_L: features x [N, ...] to [N, O], zeros at first where it
 * is a change to be added. `masks` silence hidden units while training.
 */
function layers(config: MlpConfig, shape: DataShape, x: Tensor, masks: readonly Tensor[]): Tensor {
  const { graph } = x;
  const { hidden, activation } = config;
  const initial = activation === 'relu' || activation === 'gelu' ? kaiming : xavier;
  const final = isResidual(config, shape) ? zeros : xavier;
  const widths = [exampleSize(x.shape.slice(1) as number[]), ...hidden, headWidth(shape)];
  let h = reshape(x, [x.shape[0]!, widths[0]!]);
  for (const [l, width] of widths.slice(1).entries()) {
    const last = l === hidden.length;
    const w = graph.parameter(`layers.${l}.weight`, [widths[l]!, width], last ? final : initial);
    const b = graph.parameter(`layers.${l}.bias`, [width], zeros);
    h = linear(h, w, b);
    if (last) break;
    h = activations[activation](h);
    const mask = masks[l];
    if (mask !== undefined) h = dropout(h, mask);
  }
  return h;
}

/** Examples x [N, ...shape] to [N, O]; a category's index is replaced by its learned row, or `x` is relaxed. */
function head(
  config: MlpConfig,
  shape: DataShape,
  x: Tensor,
  { masks = [], embed = embedCategories }: { masks?: Tensor[]; embed?: typeof embedCategories } = {},
): Tensor {
  const y = layers(config, shape, embed(shape, config.embedding, x), masks);
  return isResidual(config, shape) ? addLastKnown(shape, x, y) : y;
}

/** The widths of the layers that dropout thins out. */
const silenced = ({ hidden, dropout }: MlpConfig): number[] => (dropout > 0 ? hidden : []);

export const mlp: Algorithm<MlpConfig> = {
  name: 'mlp',
  title: 'Multilayer perceptron',
  summary:
    'Layers of weighted sums, each followed by a simple non-linear function; the all-round network for tables.',
  formula: 'y = f(W x + b)',
  symbols: {
    x: 'the input (a category as numbers that are learned for it), or the layer below',
    W: 'the weights of a layer, learned',
    b: 'its biases, learned',
    f: 'the activation: relu, gelu, tanh or sigmoid; softmax or nothing in the last layer',
    y: 'the output of the layer',
  },
  paper: {
    title: 'Learning representations by back-propagating errors',
    authors: 'Rumelhart, Hinton, Williams',
    year: 1986,
    url: 'https://doi.org/10.1038/323533a0',
  },
  tasks: ['classification', 'regression', 'forecast'],
  kinds: ['tabular', 'image', 'sequence'],
  baseline: false,
  config,
  metrics: ['accuracy', 'macro_f1', 'log_loss', 'rmse', 'mae', 'r2'],
  baselineFor: simplestFor,

  learning: 'descent',
  plan: epochPlan,

  program(config, shape, rows) {
    return supervisedProgram(shape, rows, (x) => {
      const masks = silenced(config).map((width, l) => x.graph.input(`mask.${l}`, 'float32', [rows, width]));
      return head(config, shape, x, { masks });
    });
  },

  feeds(config, shape, split, rows, random) {
    const masks = config.hidden.map((width, l) => [
      `mask.${l}`,
      dropoutMask(random, rows.length * width, config.dropout),
    ]);
    return {
      ...supervisedFeeds(shape, split, rows),
      ...(config.dropout > 0 ? Object.fromEntries(masks) : {}),
    };
  },

  answer: (config, shape, x) => supervisedAnswer(shape, head(config, shape, x)),
  answerRelaxed: (config, shape, x) =>
    supervisedAnswer(shape, head(config, relaxedShape(shape), x, { embed: embedShares })),
};
