export interface Scale {
  /** Where a value lies, in percent of the axis. */
  at: (value: number) => number;
  ticks: number[];
  format: (tick: number) => string;
}

/** An axis around some values, with at most six round ticks (steps of 1, 2 or 5 times a power of ten). */
export function intervalScale(values: readonly number[]): Scale {
  const finite = values.filter(Number.isFinite);
  let low = finite.length === 0 ? 0 : Math.min(...finite);
  let high = finite.length === 0 ? 1 : Math.max(...finite);
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    low -= room;
    high += room;
  }
  const margin = (high - low) * 0.04;
  const from = low - margin;
  const span = high - low + 2 * margin;
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  const last = Math.floor((from + span) / step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    at: (value) => Math.min(100, Math.max(0, ((value - from) / span) * 100)),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(decimals))),
    format: (tick) => tick.toFixed(Math.min(decimals, 6)).replace('-', '−'),
  };
}
