import { AlgorithmError, type Config, type DataShape, type Split, type Task } from '../algorithm.ts';
import { classesOf } from '../catalogue/supervised.ts';
import { consecutiveWindows, contextOf } from '../catalogue/text.ts';
import { meanOf, type Statistic } from '../metrics/bootstrap.ts';
import {
  type Confusion,
  classificationMetrics,
  confusionOf,
  mostProbable,
} from '../metrics/classification.ts';
import { regressionMetrics } from '../metrics/regression.ts';
import { textMetrics } from '../metrics/text.ts';
import { firstRows, targetsOf } from './batches.ts';
import type { Answers } from './runner.ts';

/** The metric that early stopping and the choice of a winner go by; all of them are better when smaller. */
export const objectives: Record<Task, string> = {
  classification: 'log_loss',
  regression: 'rmse',
  forecast: 'rmse',
  generation: 'loss',
  reconstruction: 'loss',
};

/** The examples a split is scored on: its rows, or consecutive windows of its text. */
export function scoredExamples(config: Config, shape: DataShape, split: Split): Uint32Array {
  return shape.task === 'generation' ? consecutiveWindows(split, contextOf(config)) : firstRows(split.rows);
}

/** What can be said of the answers to `examples`: the metrics of the task, as functions of which of them to count. */
export function statisticsOf(
  shape: DataShape,
  split: Split,
  examples: Uint32Array,
  answers: Answers,
): Record<string, Statistic> {
  const { probabilities, value, loss } = answers;
  const truth = (): Float64Array => {
    const targets = targetsOf(split);
    return Float64Array.from(examples, (row) => targets[row]!);
  };
  if (probabilities !== undefined)
    return classificationMetrics(probabilities, truth(), classesOf(shape).length);
  if (value !== undefined) return regressionMetrics(value, truth());
  if (loss === undefined) throw new AlgorithmError('data', `there is nothing to measure for ${shape.task}`);
  if (shape.task === 'generation') return textMetrics(loss, shape.bytesPerToken ?? 1);
  return Object.fromEntries(Object.entries(answers).map(([name, nats]) => [name, meanOf(nats)]));
}

export function confusionIn(shape: DataShape, split: Split, answers: Answers): Confusion | undefined {
  const { probabilities } = answers;
  if (probabilities === undefined) return undefined;
  const labels = classesOf(shape);
  return confusionOf(mostProbable(probabilities, labels.length), targetsOf(split), labels);
}
