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
])('%j at step %i is %d of the rate', (config, step, fraction) => {
  expect(scheduleFraction(resolveSchedule(config), step)).toBeCloseTo(fraction, 12);
});

test.each<[ScheduleConfig, string]>([
  [{ kind: 'cosine' }, 'totalSteps beyond its 0 warm-up steps'],
  [{ kind: 'cosine', totalSteps: 5, warmupSteps: 5 }, 'totalSteps beyond its 5 warm-up steps'],
  [{ kind: 'constant', warmupSteps: -1 }, 'warmupSteps must be 0 or a whole number'],
  [{ kind: 'constant', minimumFraction: 2 }, 'between 0 and 1'],
])('%j is refused', (config, message) => expect(() => resolveSchedule(config)).toThrow(message));
