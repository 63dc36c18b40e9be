/**
 * How the learning rate goes over the steps: a linear warm-up, then
 * - `constant`: as it is;
 * - `linear`: down to the minimum at `totalSteps`;
 * - `cosine`: half a cosine down to the minimum at `totalSteps` (Loshchilov and Hutter, 2017);
 * - `cosine-restarts`: the same over `cycleSteps`, then from the top again over `cycleGrowth` times as many, and so on;
 * - `warmup-stable-decay`: constant, then linearly down over the last `decaySteps` before `totalSteps` (Hu et al., 2024);
 * - `inverse-sqrt`: proportional to 1 / sqrt(step) from the end of the warm-up (Vaswani et al., 2017);
 * - `exponential`: times `factor` after every `everySteps` steps, down to the minimum.
 */
export interface ScheduleConfig {
  kind:
    | 'constant'
    | 'linear'
    | 'cosine'
    | 'cosine-restarts'
    | 'warmup-stable-decay'
    | 'inverse-sqrt'
    | 'exponential';
  /** Steps over which the rate grows linearly from nothing; 0 by default. */
  warmupSteps?: number;
  /** The step at which linear, cosine and warmup-stable-decay reach their minimum and stay there. */
  totalSteps?: number;
  /** The least fraction of the rate a schedule falls to; 0 by default. */
  minimumFraction?: number;
  /** cosine-restarts: the steps of the first cycle, and how much longer each is than the one before; 1 by default. */
  cycleSteps?: number;
  cycleGrowth?: number;
  /** warmup-stable-decay: the steps of the decay; a tenth of `totalSteps` by default. */
  decaySteps?: number;
  /** exponential: what the rate is multiplied with, and how often; every step by default. */
  factor?: number;
  everySteps?: number;
}

type Schedule = Required<ScheduleConfig>;

/** What is left of the rate above the minimum, from 1 to 0, `past` steps (counted from 1) after the warm-up. */
const shapes: Record<ScheduleConfig['kind'], (past: number, schedule: Schedule) => number> = {
  constant: () => 1,
  linear: (past, { totalSteps, warmupSteps }) => 1 - atMost1(past / (totalSteps - warmupSteps)),
  cosine: (past, { totalSteps, warmupSteps }) => halfCosine(atMost1(past / (totalSteps - warmupSteps))),
  'cosine-restarts': (past, { cycleSteps, cycleGrowth }) => {
    if (cycleGrowth === 1) return halfCosine(((past - 1) % cycleSteps) / cycleSteps);
    let [position, length] = [past - 1, cycleSteps];
    while (position >= length) {
      position -= length;
      length *= cycleGrowth;
    }
    return halfCosine(position / length);
  },
  'warmup-stable-decay': (past, { totalSteps, warmupSteps, decaySteps }) =>
    1 - atMost1(Math.max(0, past - (totalSteps - warmupSteps - decaySteps)) / decaySteps),
  'inverse-sqrt': (past, { warmupSteps }) => {
    const start = Math.max(1, warmupSteps);
    return Math.sqrt(start / (start + past - (warmupSteps > 0 ? 0 : 1)));
  },
  exponential: (past, { factor, everySteps }) => power(factor, Math.floor((past - 1) / everySteps)),
};

/**
 * The fraction of the learning rate for a step, counted from 1. Only operations that IEEE 754 specifies are used, so
 * the same schedule gives the same bits on every machine.
 */
export function scheduleFraction(schedule: Schedule, step: number): number {
  const { kind, warmupSteps, minimumFraction } = schedule;
  if (step <= warmupSteps) return step / warmupSteps;
  return minimumFraction + (1 - minimumFraction) * shapes[kind](step - warmupSteps, schedule);
}

/** The settings with every default written out. Throws RangeError for a schedule that cannot be followed. */
export function resolveSchedule({
  kind,
  warmupSteps = 0,
  totalSteps = 0,
  minimumFraction = 0,
  cycleSteps = 0,
  cycleGrowth = 1,
  decaySteps = Math.max(1, Math.round(totalSteps / 10)),
  factor = 1,
  everySteps = 1,
}: ScheduleConfig): Schedule {
  if (!(Number.isInteger(warmupSteps) && warmupSteps >= 0))
    throw new RangeError(`warmupSteps must be 0 or a whole number of steps, not ${warmupSteps}`);
  const ends = kind === 'linear' || kind === 'cosine' || kind === 'warmup-stable-decay';
  if (ends && !(Number.isInteger(totalSteps) && totalSteps > warmupSteps))
    throw new RangeError(
      `a ${kind} schedule needs totalSteps beyond its ${warmupSteps} warm-up steps, not ${totalSteps}`,
    );
  if (!(minimumFraction >= 0 && minimumFraction <= 1))
    throw new RangeError(`minimumFraction must lie between 0 and 1, not ${minimumFraction}`);
  if (kind === 'cosine-restarts' && !(isCount(cycleSteps) && isCount(cycleGrowth)))
    throw new RangeError(
      `cosine-restarts needs whole cycleSteps and cycleGrowth from 1 up, not ${cycleSteps} and ${cycleGrowth}`,
    );
  if (kind === 'warmup-stable-decay' && !(isCount(decaySteps) && decaySteps <= totalSteps - warmupSteps))
    throw new RangeError(`decaySteps must lie between 1 and the steps after warm-up, not ${decaySteps}`);
  if (!(factor > 0 && factor <= 1 && isCount(everySteps)))
    throw new RangeError(
      `an exponential schedule needs a factor in (0, 1] and everySteps of 1 or more, not ${factor} and ${everySteps}`,
    );
  return {
    kind,
    warmupSteps,
    totalSteps,
    minimumFraction,
    cycleSteps,
    cycleGrowth,
    decaySteps,
    factor,
    everySteps,
  };
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
const atMost1 = (value: number): number => Math.min(1, value);

/** base^exponent by squaring: Math.pow may differ between machines in its last bit. */
function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  const half = power(base, Math.floor(exponent / 2));
  return exponent % 2 === 0 ? half * half : half * half * base;
}

/** (1 + cos(pi x)) / 2 for x in [0, 1], which is (1 + sin y) / 2 at y = pi (1/2 - x), by Taylor's series of the sine. */
function halfCosine(x: number): number {
  const y = Math.PI * (0.5 - x);
  let [term, sum] = [y, y];
  for (let k = 2; k <= 24; k += 2) {
    term *= -(y * y) / (k * (k + 1));
    sum += term;
  }
  return Math.max(0, 0.5 * (1 + sum));
}
