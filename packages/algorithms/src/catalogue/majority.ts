import { add, cast, initializers, log, mul, reduceMean, reshape, type Tensor } from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm } from '../algorithm.ts';
import { targetsOf } from '../fit/batches.ts';
import { classesOf, supervisedAnswer } from './supervised.ts';

const { zeros } = initializers;

const config = z.strictObject({});

/** A column of zeros with a row for each of x's: what a constant answer is added to. */
export function zeroColumn(x: Tensor): Tensor {
  const rest = x.shape.slice(1).map((_, axis) => axis + 1);
  return reshape(mul(reduceMean(cast(x, 'float32'), rest), 0), [x.shape[0]!, 1]);
}

export const majority: Algorithm<z.infer<typeof config>> = {
  name: 'majority',
  title: 'Majority class',
  summary: 'Answers with the most frequent class whatever the input: the floor for every classifier.',
  formula: 'P(y = k) = n_k / n',
  latex: String.raw`P(y = k) = \frac{n_k}{n}`,
  goodFor:
    'Knowing what a score is worth: the accuracy that takes no input at all. A model that is not clearly better has learned nothing.',
  symbols: { n_k: 'training examples of class k', n: 'training examples', y: 'the class' },
  paper: {
    title: 'Very Simple Classification Rules Perform Well on Most Commonly Used Datasets',
    authors: 'Holte',
    year: 1993,
    url: 'https://doi.org/10.1023/A:1022631118932',
  },
  tasks: ['classification'],
  kinds: ['tabular', 'image', 'sequence', 'text'],
  baseline: true,
  config,
  metrics: ['accuracy', 'macro_f1', 'log_loss'],
  baselineFor: () => ({ name: 'majority' }),

  learning: 'estimation',

  estimate(_, shape, train) {
    const share = new Float32Array(classesOf(shape).length);
    for (const k of targetsOf(train)) share[k]! += 1 / train.rows;
    return new Map([['majority.prior', { dtype: 'float32', shape: [share.length], data: share }]]);
  },

  answer(_, shape, x) {
    const prior = x.graph.parameter('majority.prior', [classesOf(shape).length], zeros);
    return supervisedAnswer(shape, add(zeroColumn(x), log(prior)));
  },
};
