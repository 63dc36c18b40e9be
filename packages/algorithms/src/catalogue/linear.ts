import {
  add,
  linear as affine,
  cast,
  div,
  embedding,
  equal,
  initializers,
  matmul,
  not,
  reduceSum,
  reshape,
  squeeze,
  type Tensor,
  unsqueeze,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape } from '../algorithm.ts';
import { exampleSize } from '../fit/batches.ts';
import {
  headWidth,
  simplestFor,
  supervisedAnswer,
  supervisedFeeds,
  supervisedProgram,
} from './supervised.ts';
import { specialOf, vocabularyOf } from './text.ts';
import { epochFields, epochPlan } from './training-fields.ts';

const config = z.strictObject(
  epochFields({
    epochs: 200,
    batchSize: 256,
    learningRate: 0.05,
    weightDecay: 0.01,
    patience: 30,
    clipNorm: 0,
  }),
);

type LinearConfig = z.infer<typeof config>;

/**
 * W x + b: [N, ...shape] to [N, O]. It starts at zero: the loss is convex, so no symmetry needs breaking. For a text, x
 * is the share of each token of the vocabulary in it ("bag of words"), so that W x is the mean of its tokens' weights.
 */
function head(shape: DataShape, x: Tensor): Tensor {
  if (shape.kind === 'text') return bagOfWords(shape, x);
  const [features, width] = [exampleSize(shape.shape), headWidth(shape)];
  const w = x.graph.parameter('linear.weight', [features, width], initializers.zeros);
  const b = x.graph.parameter('linear.bias', [width], initializers.zeros);
  return affine(reshape(x, [x.shape[0]!, features]), w, b);
}

/** Token ids [N, T] to [N, O]. */
function bagOfWords(shape: DataShape, ids: Tensor): Tensor {
  const w = ids.graph.parameter('linear.weight', [vocabularyOf(shape), headWidth(shape)], initializers.zeros);
  return meanOfWords(shape, embedding(w, ids), cast(not(equal(ids, specialOf(shape).pad)), 'float32'));
}

/** The mean of the tokens' weights [N, T, O] where `shown` [N, T] is 1, plus b: [N, O]. */
function meanOfWords(shape: DataShape, weights: Tensor, shown: Tensor): Tensor {
  const b = weights.graph.parameter('linear.bias', [headWidth(shape)], initializers.zeros);
  const sum = squeeze(matmul(unsqueeze(shown, 1), weights), 1);
  return add(div(sum, reduceSum(shown, 1, { keepDims: true })), b);
}

export const linear: Algorithm<LinearConfig> = {
  name: 'linear',
  title: 'Linear model',
  summary:
    'One weighted sum: logistic regression for classes, linear regression for values. Easy to read, hard to fool.',
  formula: 'y = W x + b;  P(k | x) = exp(y_k) / sum_j exp(y_j)',
  latex: String.raw`P(k \mid x) = \frac{e^{y_k}}{\sum_j e^{y_j}}, \qquad y = W x + b`,
  goodFor:
    'Tables whose columns act on the answer one by one, and as the honest rival of every network: what it cannot explain, a network has to. It reads interactions between columns only where the recipe made columns of them.',
  symbols: {
    x: 'the features',
    W: 'a weight for each feature (and class), learned',
    b: 'the bias (of each class), learned',
    y: 'the value, or the score of each class',
  },
  paper: {
    title: 'The Regression Analysis of Binary Sequences',
    authors: 'Cox',
    year: 1958,
    url: 'https://doi.org/10.1111/j.2517-6161.1958.tb00292.x',
  },
  tasks: ['classification', 'regression', 'forecast'],
  kinds: ['tabular', 'image', 'sequence', 'text'],
  baseline: true,
  config,
  metrics: ['accuracy', 'macro_f1', 'log_loss', 'rmse', 'mae', 'r2'],
  baselineFor: simplestFor,

  learning: 'descent',
  plan: epochPlan,
  program: (_, shape, rows) => supervisedProgram(shape, rows, (x) => head(shape, x)),
  feeds: (_, shape, split, rows) => supervisedFeeds(shape, split, rows),
  answer: (_, shape, x) => supervisedAnswer(shape, head(shape, x)),
  tokens: {
    table: 'linear.weight',
    answer: (_, shape, vectors, shown) => supervisedAnswer(shape, meanOfWords(shape, vectors, shown)),
  },
};
