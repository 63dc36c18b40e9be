import {
  add,
  clip,
  concat,
  createGraph,
  type Dim,
  initializers,
  log,
  mul,
  neg,
  reduceSum,
  reshape,
  square,
  squeeze,
  sub,
  type Tensor,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape } from './algorithm.ts';
import { exampleSize, firstRows, gatherExamples, targetsOf } from './batches.ts';
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

const constantAnswer = (shape: DataShape, x: Tensor): Tensor =>
  add(zeroColumn(x), x.graph.parameter('mean', [widthOf(shape)], zeros));

export const mean: Algorithm<MeanConfig> = {
  name: 'mean',
  title: 'Mean',
  summary: 'Answers with the mean of the training targets (or the mean image) whatever the input.',
  formula: 'y = (1/n) sum_i y_i',
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
  baselineFor: () => 'mean',

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
    return new Map([['mean', { dtype: 'float32', shape: [width], data }]]);
  },

  answer(_, shape, x) {
    const y = constantAnswer(shape, x);
    if (shape.task !== 'reconstruction') return { value: squeeze(y, 1) };
    return { reconstruction: reshape(y, x.shape), latent: zeroColumn(x) };
  },

  /** -sum x log m + (1 - x) log(1 - m), or |x - m|^2 / 2, for the mean image m. */
  score({ likelihood }, shape, rows: Dim) {
    const graph = createGraph();
    const x = graph.input('x', 'float32', [rows, exampleSize(shape.shape)]);
    const m = clip(
      constantAnswer(shape, x),
      likelihood === 'bernoulli' ? 1e-6 : undefined,
      likelihood === 'bernoulli' ? 1 - 1e-6 : undefined,
    );
    const nats =
      likelihood === 'bernoulli'
        ? neg(add(mul(x, log(m)), mul(sub(1, x), log(sub(1, m)))))
        : mul(square(sub(x, m)), 0.5);
    const reconstruction = reduceSum(nats, 1);
    return { graph, inputs: [x], outputs: { loss: reconstruction, reconstruction } };
  },

  feeds: (_, shape, split, rows) => ({ x: gatherExamples(shape, split, rows) }),
};
