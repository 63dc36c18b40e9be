export interface ScheduleConfig {
  kind: 'constant' | 'cosine';
  /** Steps over which the rate grows linearly from nothing; 0 by default. */
  warmupSteps?: number;
  /** The step at which a cosine reaches its minimum and stays there. */
  totalSteps?: number;
  /** The least fraction of the rate a cosine falls to; 0 by default. */
  minimumFraction?: number;
}

/**
 * The fraction of the learning rate for a step, counted from 1: linear warm-up, then constant or half a cosine
 * (Loshchilov and Hutter, 2017). Math.cos differs between machines in its last bit, so the rate goes into the record of
 * every step.
 */
export function scheduleFraction(schedule: Required<ScheduleConfig>, step: number): number {
  const { kind, warmupSteps, totalSteps, minimumFraction } = schedule;
  if (step <= warmupSteps) return step / warmupSteps;
  if (kind === 'constant') return 1;
  const progress = Math.min(1, (step - warmupSteps) / (totalSteps - warmupSteps));
  return minimumFraction + (1 - minimumFraction) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** The settings with every default written out. Throws RangeError for a schedule that cannot be followed. */
export function resolveSchedule({
  kind,
  warmupSteps = 0,
  totalSteps = 0,
  minimumFraction = 0,
}: ScheduleConfig): Required<ScheduleConfig> {
  if (!(Number.isInteger(warmupSteps) && warmupSteps >= 0))
    throw new RangeError(`warmupSteps must be 0 or a whole number of steps, not ${warmupSteps}`);
  if (kind === 'cosine' && !(Number.isInteger(totalSteps) && totalSteps > warmupSteps))
    throw new RangeError(
      `a cosine schedule needs totalSteps beyond its ${warmupSteps} warm-up steps, not ${totalSteps}`,
    );
  if (!(minimumFraction >= 0 && minimumFraction <= 1))
    throw new RangeError(`minimumFraction must lie between 0 and 1, not ${minimumFraction}`);
  return { kind, warmupSteps, totalSteps, minimumFraction };
}
