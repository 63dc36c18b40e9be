import {
  add,
  clip,
  createGraph,
  type Dim,
  initializers,
  log,
  reshape,
  squeeze,
  sub,
  type Tensor,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape } from '../algorithm.ts';
import { exampleSize, firstRows, gatherExamples, targetsOf } from '../fit/batches.ts';
import { likelihoods } from './likelihood.ts';
import { zeroColumn } from './majority.ts';

const { zeros } = initializers;

const config = z.strictObject({
  likelihood: z
    .enum(['bernoulli', 'gaussian'])
    .default('bernoulli')
    .describe(
      'Reconstructions only: how the distance from the mean image is measured; as in the vae it is compared with.',
    ),
});

type MeanConfig = z.infer<typeof config>;

/** The mean target, or the mean example for reconstruction. */
const widthOf = (shape: DataShape): number =>
  shape.task === 'reconstruction' ? exampleSize(shape.shape) : 1;

/** log(p / (1 - p)); a pixel that was always black must not make a white one infinitely surprising. */
function logit(p: Tensor): Tensor {
  const inside = clip(p, 1e-4, 1 - 1e-4);
  return sub(log(inside), log(sub(1, inside)));
}

const constantAnswer = (shape: DataShape, x: Tensor): Tensor =>
  add(zeroColumn(x), x.graph.parameter('mean.value', [widthOf(shape)], zeros));

export const mean: Algorithm<MeanConfig> = {
  name: 'mean',
  title: 'Mean',
  summary: 'Answers with the mean of the training targets (or the mean image) whatever the input.',
  formula: 'y = (1/n) sum_i y_i',
  latex: String.raw`\hat y = \frac{1}{n} \sum_{i=1}^{n} y_i`,
  goodFor: 'Knowing what an error is worth: the error of always answering with the average.',
  symbols: { y_i: 'the training targets (or images)', n: 'their number', y: 'the answer' },
  paper: {
    title: 'Theoria combinationis observationum erroribus minimis obnoxiae',
    authors: 'Gauss',
    year: 1823,
  },
  tasks: ['regression', 'forecast', 'reconstruction'],
  kinds: ['tabular', 'image', 'sequence'],
  baseline: true,
  config,
  metrics: ['rmse', 'mae', 'r2', 'loss', 'reconstruction'],
  baselineFor: (_, { likelihood }) => ({ name: 'mean', config: { likelihood } }),

  learning: 'estimation',

  estimate(_, shape, train) {
    const width = widthOf(shape);
    const values =
      shape.task === 'reconstruction'
        ? gatherExamples(shape, train, firstRows(train.rows))
        : targetsOf(train);
    const sums = new Float64Array(width);
    for (const [i, value] of values.entries()) sums[i % width]! += value;
    const data = Float32Array.from(sums, (sum) => sum / train.rows);
    return new Map([['mean.value', { dtype: 'float32', shape: [width], data }]]);
  },

  answer(_, shape, x) {
    const y = constantAnswer(shape, x);
    if (shape.task !== 'reconstruction') return { value: squeeze(y, 1) };
    return { reconstruction: reshape(y, x.shape), latent: zeroColumn(x) };
  },

  /** -log p(x | m) for the mean image m, as a vae's decoder would be judged that always draws m. */
  score({ likelihood }, shape, rows: Dim) {
    const graph = createGraph();
    const x = graph.input('x', 'float32', [rows, exampleSize(shape.shape)]);
    const m = constantAnswer(shape, x);
    const reconstruction = likelihoods[likelihood].nats(x, likelihood === 'bernoulli' ? logit(m) : m);
    return { graph, inputs: [x], outputs: { loss: reconstruction, reconstruction } };
  },

  feeds: (_, shape, split, rows) => ({ x: gatherExamples(shape, split, rows) }),
};
