import { add, mul, slice, squeeze, type Tensor } from '@banyan/engine';
import { z } from 'zod';
import { type Algorithm, AlgorithmError, type LastKnown } from '../algorithm.ts';

const config = z.strictObject({});

/** The target's value at the end of each window, in raw units: x [N, T, F] to [N, 1]. */
export function lastKnownValue({ feature, scale, shift }: LastKnown, x: Tensor): Tensor {
  const lastStep = squeeze(slice(x, 1, -1), 1);
  return add(mul(slice(lastStep, 1, feature, feature + 1), scale), shift);
}

export const persistence: Algorithm<z.infer<typeof config>> = {
  name: 'persistence',
  title: 'Persistence',
  summary: 'Tomorrow will be like today: answers with the last known value. Hard to beat on slow series.',
  formula: 'y_(T+1) = x_T',
  latex: String.raw`\hat y_{T+1} = x_T`,
  goodFor:
    'Knowing what a forecast is worth: weather, prices and loads resemble their last value, and many published forecasts do not beat it.',
  symbols: { x_T: "the target's last known value", 'y_(T+1)': 'the forecast' },
  paper: {
    title: 'Forecasting: Principles and Practice (the naive method)',
    authors: 'Hyndman, Athanasopoulos',
    year: 2021,
    url: 'https://otexts.com/fpp3/simple-methods.html',
  },
  tasks: ['forecast'],
  kinds: ['sequence'],
  baseline: true,
  config,
  metrics: ['rmse', 'mae', 'r2'],
  baselineFor: () => ({ name: 'persistence' }),

  learning: 'estimation',
  estimate: () => new Map(),

  answer(_, shape, x) {
    if (shape.lastKnown === undefined)
      throw new AlgorithmError('data', 'persistence needs the target among the window columns; add it there');
    return { value: squeeze(lastKnownValue(shape.lastKnown, x), 1) };
  },
};
