import { expect, test } from 'vitest';
import { resolveSchedule, type ScheduleConfig, scheduleFraction } from './schedule.ts';

test.each<[ScheduleConfig, number, number]>([
  [{ kind: 'constant' }, 1, 1],
  [{ kind: 'constant', warmupSteps: 4 }, 1, 0.25],
  [{ kind: 'constant', warmupSteps: 4 }, 4, 1],
  [{ kind: 'constant', warmupSteps: 4 }, 99, 1],
  [{ kind: 'cosine', totalSteps: 10 }, 5, 0.5],
  [{ kind: 'cosine', totalSteps: 10 }, 10, 0],
  [{ kind: 'cosine', totalSteps: 10, warmupSteps: 2, minimumFraction: 0.2 }, 1, 0.5],
  [{ kind: 'cosine', totalSteps: 10, warmupSteps: 2, minimumFraction: 0.2 }, 2, 1],
  [{ kind: 'cosine', totalSteps: 10, warmupSteps: 2, minimumFraction: 0.2 }, 6, 0.6],
  [{ kind: 'cosine', totalSteps: 10, warmupSteps: 2, minimumFraction: 0.2 }, 50, 0.2],
  [{ kind: 'cosine', totalSteps: 7 }, 3, 0.5 * (1 + Math.cos((3 * Math.PI) / 7))],
  [{ kind: 'linear', totalSteps: 10 }, 4, 0.6],
  [{ kind: 'linear', totalSteps: 12, warmupSteps: 2, minimumFraction: 0.5 }, 7, 0.75],
  [{ kind: 'linear', totalSteps: 10 }, 11, 0],
  [{ kind: 'cosine-restarts', cycleSteps: 4 }, 1, 1],
  [{ kind: 'cosine-restarts', cycleSteps: 4 }, 3, 0.5],
  [{ kind: 'cosine-restarts', cycleSteps: 4 }, 401, 1],
  [{ kind: 'cosine-restarts', cycleSteps: 4, cycleGrowth: 2, warmupSteps: 3 }, 8, 1],
  [{ kind: 'cosine-restarts', cycleSteps: 4, cycleGrowth: 2, warmupSteps: 3 }, 12, 0.5],
  [{ kind: 'warmup-stable-decay', totalSteps: 20, warmupSteps: 4 }, 2, 0.5],
  [{ kind: 'warmup-stable-decay', totalSteps: 20, warmupSteps: 4 }, 18, 1],
  [{ kind: 'warmup-stable-decay', totalSteps: 20, warmupSteps: 4 }, 19, 0.5],
  [{ kind: 'warmup-stable-decay', totalSteps: 20, decaySteps: 20, minimumFraction: 0.1 }, 10, 0.55],
  [{ kind: 'inverse-sqrt', warmupSteps: 4 }, 2, 0.5],
  [{ kind: 'inverse-sqrt', warmupSteps: 4 }, 16, 0.5],
  [{ kind: 'inverse-sqrt' }, 1, 1],
  [{ kind: 'inverse-sqrt' }, 9, 1 / 3],
  [{ kind: 'exponential', factor: 0.5 }, 1, 1],
  [{ kind: 'exponential', factor: 0.5 }, 4, 0.125],
  [{ kind: 'exponential', factor: 0.1, everySteps: 30 }, 30, 1],
  [{ kind: 'exponential', factor: 0.1, everySteps: 30 }, 61, 0.01],
])('%j at step %i is %d of the rate', (config, step, fraction) => {
  expect(scheduleFraction(resolveSchedule(config), step)).toBeCloseTo(fraction, 12);
});

test.each<[ScheduleConfig, string]>([
  [{ kind: 'cosine' }, 'totalSteps beyond its 0 warm-up steps'],
  [{ kind: 'cosine', totalSteps: 5, warmupSteps: 5 }, 'totalSteps beyond its 5 warm-up steps'],
  [{ kind: 'linear' }, 'a linear schedule needs totalSteps'],
  [{ kind: 'cosine-restarts' }, 'needs whole cycleSteps'],
  [{ kind: 'cosine-restarts', cycleSteps: 3, cycleGrowth: 1.5 }, 'not 3 and 1.5'],
  [{ kind: 'warmup-stable-decay', totalSteps: 9, decaySteps: 10 }, 'decaySteps must lie between'],
  [{ kind: 'exponential', factor: 0 }, 'a factor in (0, 1]'],
  [{ kind: 'constant', warmupSteps: -1 }, 'warmupSteps must be 0 or a whole number'],
  [{ kind: 'constant', minimumFraction: 2 }, 'between 0 and 1'],
])('%j is refused', (config, message) => expect(() => resolveSchedule(config)).toThrow(message));
