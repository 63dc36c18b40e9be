import { initializers, reshape, type Tensor } from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape } from '../algorithm.ts';
import { exampleSize } from '../fit/batches.ts';
import { embedCategories, embedShares, relaxedShape } from './categories.ts';
import { feedForward, feedForwardFields, maskFeeds, maskInputs } from './feed-forward.ts';
import { addLastKnown, isResidual, residualField } from './residual.ts';
import {
  headWidth,
  simplestFor,
  supervisedAnswer,
  supervisedFeeds,
  supervisedProgram,
} from './supervised.ts';
import { advanced, classifierFields, epochFields, epochPlan } from './training-fields.ts';

const { xavier, zeros } = initializers;

const config = z.strictObject({
  ...feedForwardFields({ hidden: [64, 64], activation: 'relu', dropout: 0 }),
  residual: residualField,
  embedding: z
    .int()
    .min(0)
    .max(512)
    .default(0)
    .describe(
      'Learned numbers that stand for each ordinal category; 0: by the rule of thumb 1.6 n^0.56 for n categories.',
    )
    .meta(advanced),
  ...classifierFields,
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
 * Examples x [N, ...shape] to [N, O]; a category's index is replaced by its learned row, or `x` is relaxed. A forecast
 * is a change, zero at first, from the last known value.
 */
function head(
  config: MlpConfig,
  shape: DataShape,
  x: Tensor,
  { masks = [], embed = embedCategories }: { masks?: Tensor[]; embed?: typeof embedCategories } = {},
): Tensor {
  const features = embed(shape, config.embedding, x);
  const h = reshape(features, [x.shape[0]!, exampleSize(features.shape.slice(1) as number[])]);
  const residual = isResidual(config, shape);
  const y = feedForward('layers', config, h, headWidth(shape), { masks, final: residual ? zeros : xavier });
  return residual ? addLastKnown(shape, x, y) : y;
}

export const mlp: Algorithm<MlpConfig> = {
  name: 'mlp',
  title: 'Multilayer perceptron',
  summary:
    'Layers of weighted sums, each followed by a simple non-linear function; the all-round network for tables.',
  formula: 'y = f(W x + b)',
  latex: String.raw`h_l = f(W_l h_{l-1} + b_l), \qquad h_0 = x, \qquad y = W_L h_{L-1} + b_L`,
  goodFor:
    'Tables with interactions between columns, mixed numbers and categories, and any data whose order does not matter. Small tables need dropout or weight decay; images and sequences have networks of their own.',
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

  program: (config, shape, rows) =>
    supervisedProgram(shape, rows, (x) => head(config, shape, x, { masks: maskInputs(config, x) }), config),

  feeds: (config, shape, split, rows, random) => ({
    ...supervisedFeeds(shape, split, rows),
    ...maskFeeds(config, rows.length, random),
  }),

  answer: (config, shape, x) => supervisedAnswer(shape, head(config, shape, x)),
  answerRelaxed: (config, shape, x) =>
    supervisedAnswer(shape, head(config, relaxedShape(shape), x, { embed: embedShares })),
};
