import type { DataShape } from './algorithm.ts';

/** The parts of a fitted recipe (`Fitted` of the data package) that describe its examples. */
export interface PreparedData extends Omit<DataShape, 'classes' | 'target'> {
  target?: { labels?: string[]; mean?: number; std?: number };
}

/** What algorithms need to know about examples that a recipe has prepared. */
export function shapeOfPrepared(fitted: PreparedData): DataShape {
  const { kind, task, shape, vocabulary, bytesPerToken, lastKnown, image, target = {} } = fitted;
  const { labels, mean, std } = target;
  return {
    kind,
    task,
    shape,
    ...(labels !== undefined && { classes: labels }),
    ...(mean !== undefined && std !== undefined && { target: { mean, std } }),
    ...(lastKnown !== undefined && { lastKnown }),
    ...(image !== undefined && { image: { scale: image.scale, shift: image.shift } }),
    ...(vocabulary !== undefined && { vocabulary }),
    ...(bytesPerToken !== undefined && { bytesPerToken }),
  };
}
