export interface Curve {
  name: string;
  steps: number[];
  values: number[];
}

/**
 * Thins points (ascending by step) to at most `most`, keeping the first, the last and the lowest and highest of every
 * stretch between: a spike of one step still shows.
 */
export function thin(name: string, points: { step: number; value: number }[], most: number): Curve {
  const kept = points.length <= most ? points : extremes(points, most);
  return { name, steps: kept.map((point) => point.step), values: kept.map((point) => point.value) };
}

function extremes(points: { step: number; value: number }[], most: number) {
  const stretches = Math.floor((most - 2) / 2);
  const kept = new Set([0, points.length - 1]);
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((stretch * points.length) / stretches);
    const to = Math.floor(((stretch + 1) * points.length) / stretches);
    let [low, high] = [from, from];
    for (let i = from; i < to; i += 1) {
      const value = points[i]?.value ?? 0;
      if (value < (points[low]?.value ?? 0)) low = i;
      if (value > (points[high]?.value ?? 0)) high = i;
    }
    kept.add(low).add(high);
  }
  return [...kept].sort((a, b) => a - b).flatMap((i) => points[i] ?? []);
}
