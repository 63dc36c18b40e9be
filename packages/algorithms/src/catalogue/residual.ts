import { add, div, sub, type Tensor } from '@banyan/engine';
import { z } from 'zod';
import { AlgorithmError, type DataShape } from '../algorithm.ts';
import { lastKnownValue } from './persistence.ts';
import { targetScale } from './supervised.ts';

/** The setting of every network that forecasts. */
export const residualField = z
  .boolean()
  .default(true)
  .describe(
    'Forecasts only: predict the change from the last known value, so that training starts at persistence.',
  );

export const isResidual = ({ residual }: { residual: boolean }, { task }: DataShape): boolean =>
  task === 'forecast' && residual;

/** A predicted change [N, 1] on the last known value of the windows x [N, T, F], both on the network's scale. */
export function addLastKnown(shape: DataShape, x: Tensor, change: Tensor): Tensor {
  if (shape.lastKnown === undefined)
    throw new AlgorithmError(
      'data',
      'residual forecasts need the target among the window columns; add it there or set residual to false',
    );
  const { mean, std } = targetScale(shape);
  return add(change, div(sub(lastKnownValue(shape.lastKnown, x), mean), std));
}
