/** One curve: values by step, steps ascending. */
export interface Series {
  name: string;
  steps: number[];
  values: number[];
}

/** Adds live points to curves. A step that is already there is replaced: a resumed run sends its last steps again. */
export function mergePoints(
  series: readonly Series[],
  points: readonly { name: string; step: number; value: number }[],
): Series[] {
  const byName = new Map(
    series.map((one) => [one.name, { ...one, steps: [...one.steps], values: [...one.values] }]),
  );
  for (const { name, step, value } of points) {
    const one = byName.get(name) ?? { name, steps: [], values: [] };
    byName.set(name, one);
    let at = one.steps.length;
    while (at > 0 && one.steps[at - 1]! >= step) at--;
    const known = one.steps[at] === step;
    one.steps.splice(at, known ? 1 : 0, step);
    one.values.splice(at, known ? 1 : 0, value);
  }
  return [...byName.values()];
}

/** At most about `limit` points, keeping each bucket's lowest and highest so that spikes stay visible. */
export function thin(series: Series, limit: number): Series {
  const length = series.steps.length;
  if (length <= limit || limit < 4) return series;
  const buckets = Math.floor((limit - 2) / 2);
  const kept = new Set<number>([0, length - 1]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * length) / buckets);
    const to = Math.floor(((bucket + 1) * length) / buckets);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if (series.values[i]! < series.values[low]!) low = i;
      if (series.values[i]! > series.values[high]!) high = i;
    }
    kept.add(low).add(high);
  }
  const order = [...kept].sort((a, b) => a - b);
  return {
    name: series.name,
    steps: order.map((i) => series.steps[i]!),
    values: order.map((i) => series.values[i]!),
  };
}

/** Exponential moving average with the start's bias removed (as in Adam, Kingma and Ba 2015); weight 0 changes nothing. */
export function smooth(values: readonly number[], weight: number): number[] {
  let mean = 0;
  let mass = 0;
  return values.map((value) => {
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}

/** Puts curves on one shared axis of steps, with gaps where a curve has no value. */
export function align(series: readonly Series[]): { steps: number[]; values: (number | null)[][] } {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b);
  return {
    steps,
    values: series.map((one) => {
      const known = new Map(one.steps.map((step, i) => [step, one.values[i] ?? null]));
      return steps.map((step) => known.get(step) ?? null);
    }),
  };
}

/** "train/loss" and "valid_loss" measure one thing: curves of one measure share a chart, losses first. */
export function measureOf(name: string): string {
  return name.replace(/^(train|valid|validation|test|eval)[/_. -]/, '');
}

const order = (measure: string) =>
  measure === 'loss' ? 0 : /learning|rate|gradient|norm|seconds/.test(measure) ? 2 : 1;

/** Curves by what they measure: the loss first, what only describes the training last. */
export function groupByMeasure<S extends { name: string }>(
  series: readonly S[],
): { measure: string; series: S[] }[] {
  const groups = Map.groupBy(series, (one) => measureOf(one.name));
  return [...groups]
    .map(([measure, members]) => ({ measure, series: members }))
    .sort((a, b) => order(a.measure) - order(b.measure) || a.measure.localeCompare(b.measure));
}
