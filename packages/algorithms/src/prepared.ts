import type { ColumnProgram } from '@banyan/engine';
import type { DataKind, DataShape, LastKnown, PixelScale, Task } from './algorithm.ts';

/** The parts of a fitted recipe (`Fitted` of the data package) that describe its examples. */
export interface PreparedData {
  kind: DataKind;
  task: Task;
  shape: number[];
  columns: ColumnProgram[];
  window?: { target: string };
  image?: PixelScale;
  target?: { labels?: string[]; mean?: number; std?: number };
  vocabulary?: number;
  bytesPerToken?: number;
}

/** What algorithms need to know about examples that a recipe has prepared. */
export function shapeOfPrepared(fitted: PreparedData): DataShape {
  const { kind, task, shape, image, target = {}, vocabulary, bytesPerToken } = fitted;
  const { labels, mean, std } = target;
  const lastKnown = lastKnownOf(fitted);
  return {
    kind,
    task,
    shape,
    ...(task === 'classification' && labels !== undefined && { classes: labels }),
    ...(mean !== undefined && std !== undefined && { target: { mean, std } }),
    ...(lastKnown !== undefined && { lastKnown }),
    ...(image !== undefined && { image }),
    ...(vocabulary !== undefined && { vocabulary }),
    ...(bytesPerToken !== undefined && { bytesPerToken }),
  };
}

/**
 * The way back from the target's feature to its raw value: its column's affine steps undone, last first. Undefined
 * where the target is not among the columns, or went through a step that is not affine.
 */
function lastKnownOf({ columns, window }: PreparedData): LastKnown | undefined {
  const at = columns.findIndex(({ name }) => name === window?.target);
  const steps = columns[at]?.steps;
  if (steps === undefined || steps.some(({ op }) => op !== 'affine' && op !== 'impute' && op !== 'clip'))
    return undefined;
  const feature = columns.slice(0, at).reduce((sum, { width }) => sum + width, 0);
  const undone = { scale: 1, shift: 0 };
  for (const step of steps.toReversed())
    if (step.op === 'affine') {
      undone.scale /= step.scale;
      undone.shift = (undone.shift - step.shift) / step.scale;
    }
  return { feature, ...undone };
}
