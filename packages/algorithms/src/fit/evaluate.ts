import { createRandom } from '@banyan/engine';
import type { Split, TrainedModel } from '../algorithm.ts';
import { algorithmNamed } from '../catalogue/catalogue.ts';
import { bootstrap, type Interval } from '../metrics/bootstrap.ts';
import { type Confusion, wilsonInterval } from '../metrics/classification.ts';
import { confusionIn, scoredExamples, statisticsOf } from './measure.ts';
import { type Answers, openRunner, type RunnerOptions } from './runner.ts';
import { requireExamples } from './suitable.ts';

export interface Evaluation {
  /** 95 % intervals: Wilson's for accuracy, else a bootstrap of 1,000 resamples of rows (of windows, for text). */
  metrics: Record<string, Interval>;
  confusion?: Confusion;
  /** Rows (or windows of text) that were scored. */
  rows: number;
}

/** How good a model is on a split it has not seen. The seed fixes the resamples, and a vae's noise. */
export async function evaluate(
  model: TrainedModel,
  split: Split,
  { seed, ...options }: { seed: number } & RunnerOptions,
): Promise<Evaluation> {
  const { config, shape } = model;
  requireExamples(config, shape, split, 'evaluation');
  const examples = scoredExamples(config, shape, split);
  const answers = await answersOf(model, split, examples, { seed, ...options });
  const statistics = statisticsOf(shape, split, examples, answers);
  const metrics = bootstrap(statistics, examples.length, createRandom(seed).fork('bootstrap'));
  const { accuracy } = metrics;
  if (accuracy !== undefined) metrics['accuracy'] = wilsonInterval(accuracy.value, examples.length);
  const confusion = confusionIn(shape, split, answers);
  return { metrics, rows: examples.length, ...(confusion === undefined ? {} : { confusion }) };
}

/**
 * The model's answers to prepared examples, all rows unless some are named: `probabilities`, `value`, or the scores
 * of a model whose data is its own target (`loss`, `reconstruction`, ...), row after row.
 */
export async function answersOf(
  model: TrainedModel,
  split: Split,
  examples = scoredExamples(model.config, model.shape, split),
  { seed = 0, ...options }: { seed?: number } & RunnerOptions = {},
): Promise<Answers> {
  const runner = await openRunner(algorithmNamed(model.algorithm), model.config, model.shape, options);
  try {
    return await runner.run(model.tensors, split, examples, createRandom(seed).fork('noise'));
  } finally {
    await runner.close();
  }
}
