export interface Measured {
  value: number;
  low: number;
  high: number;
}

const higherIsBetter = new Set(['accuracy', 'macro_f1', 'r2']);
/** What a metric is called; the one that decides a task comes before its others. */
const labels: Record<string, string> = {
  accuracy: 'Accuracy',
  macro_f1: 'Macro F1',
  log_loss: 'Log loss',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
  bits_per_byte: 'Bits per byte',
  perplexity: 'Perplexity',
  reconstruction: 'Reconstruction',
  kl: 'KL divergence',
  loss: 'Loss',
  learning_rate: 'Learning rate',
  learningRate: 'Learning rate',
  gradient_norm: 'Gradient norm',
};

export function metricLabel(name: string): string {
  const label = labels[name];
  if (label !== undefined) return label;
  const words = name.replaceAll(/[_/.]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The metrics of an evaluation, the deciding one first. */
export function inOrder(metrics: Readonly<Record<string, Measured>>): [name: string, measured: Measured][] {
  const order = Object.keys(labels);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.entries(metrics).sort(([a], [b]) => place(a) - place(b));
}

export function betterIs(name: string): 'higher' | 'lower' {
  return higherIsBetter.has(name) ? 'higher' : 'lower';
}

export type Verdict = 'better' | 'worse' | 'unclear';

/** Better or worse only when the 95 % intervals do not touch: anything else may be chance. */
export function compareTo(name: string, ours: Measured, baseline: Measured): Verdict {
  const above = ours.low > baseline.high;
  const below = ours.high < baseline.low;
  if (!above && !below) return 'unclear';
  return above === (betterIs(name) === 'higher') ? 'better' : 'worse';
}

/** Orders candidates by a metric, best first; those without a score come last in the order they had. */
export function rankBy<T>(name: string, items: readonly T[], score: (item: T) => number | undefined): T[] {
  const sign = betterIs(name) === 'higher' ? -1 : 1;
  return [...items].sort((a, b) => {
    const left = score(a);
    const right = score(b);
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined);
    return sign * (left - right);
  });
}

export type RaceMetric =
  | 'accuracy'
  | 'macro_f1'
  | 'log_loss'
  | 'rmse'
  | 'mae'
  | 'r2'
  | 'bits_per_byte'
  | 'perplexity'
  | 'loss'
  | 'reconstruction';

/** Metrics that fit a task, the first being the usual one to race on. */
export const raceMetrics: Record<string, readonly RaceMetric[]> = {
  classification: ['accuracy', 'macro_f1', 'log_loss'],
  regression: ['rmse', 'mae', 'r2'],
  forecast: ['rmse', 'mae', 'r2'],
  generation: ['bits_per_byte', 'perplexity', 'loss'],
  reconstruction: ['reconstruction', 'loss'],
};
