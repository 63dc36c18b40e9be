import { naturalLog } from '@banyan/engine';
import { type Interval, meanOf, type Statistic } from './bootstrap.ts';

/** Rows are the true classes, columns the predicted ones. */
export interface Confusion {
  labels: string[];
  counts: number[][];
}

/** The most probable class of each row of `probabilities` [N, C]; the first one of equals. */
export function mostProbable(probabilities: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, row) => {
    const p = probabilities.subarray(row * classes, (row + 1) * classes);
    return p.reduce((best, value, k) => (value > p[best]! ? k : best), 0);
  });
}

/** accuracy, macro_f1 and log_loss (nats) of `probabilities` [N, C] against the true class indices [N]. */
export function classificationMetrics(
  probabilities: Float32Array,
  truth: ArrayLike<number>,
  classes: number,
): Record<string, Statistic> {
  const predicted = mostProbable(probabilities, classes);
  const correct = predicted.map((k, row) => Number(k === truth[row]));
  // A probability of zero for what happened would make the whole loss infinite: floor it at float32's precision.
  const surprise = Float64Array.from(
    predicted,
    (_, row) => -naturalLog(Math.max(probabilities[row * classes + truth[row]!]!, 1e-7)),
  );
  return {
    accuracy: meanOf(correct),
    macro_f1: (rows) => macroF1(predicted, truth, classes, rows),
    log_loss: meanOf(surprise),
  };
}

/**
 * The 95 % interval of a share of right answers (Wilson, 1927). Unlike the bootstrap's it stays honest at the ends:
 * 20 right of 20 is no proof of perfection, [0.84, 1].
 */
export function wilsonInterval(share: number, rows: number): Interval {
  const z2 = 1.959964 ** 2;
  const centre = (share + z2 / (2 * rows)) / (1 + z2 / rows);
  const reach = Math.sqrt((z2 * share * (1 - share)) / rows + (z2 / (2 * rows)) ** 2) / (1 + z2 / rows);
  return { value: share, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

/**
 * F1 of a class is 2 tp / (2 tp + fp + fn); the macro average takes every class alike that occurs among the truths
 * or the predictions of these rows.
 */
function macroF1(
  predicted: Int32Array,
  truth: ArrayLike<number>,
  classes: number,
  rows: Uint32Array,
): number {
  const hits = new Float64Array(classes);
  const predictions = new Float64Array(classes);
  const occurrences = new Float64Array(classes);
  for (const row of rows) {
    const p = predicted[row]!;
    const t = truth[row]!;
    predictions[p]! += 1;
    occurrences[t]! += 1;
    if (p === t) hits[t]! += 1;
  }
  let sum = 0;
  let present = 0;
  for (let k = 0; k < classes; k++) {
    const mentions = predictions[k]! + occurrences[k]!;
    if (mentions === 0) continue;
    present += 1;
    sum += (2 * hits[k]!) / mentions;
  }
  return sum / present;
}

export function confusionOf(predicted: Int32Array, truth: ArrayLike<number>, labels: string[]): Confusion {
  const counts = labels.map(() => labels.map(() => 0));
  for (const [row, k] of predicted.entries()) counts[truth[row]!]![k]! += 1;
  return { labels, counts };
}
