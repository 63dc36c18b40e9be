import { expect, test } from 'vitest';
import { type ProgressEvent, trackProgress } from './progress.ts';

test('a pass tells its bytes or rows, and the time that is left once there is enough to tell by', () => {
  const events: ProgressEvent[] = [];
  const track = trackProgress((event) => events.push(event));
  track.onStatement(0.5, 5000);
  track.over(2000, 'bytes');
  track.step('import', 0, 1);
  track.onStatement(0.25, 500);
  track.onStatement(0.25, 3000);
  track.over(40, 'rows');
  track.step('scale', 2, 3);
  track.onStatement(1, 4000);
  expect(events).toEqual([
    { phase: 'import', done: 0, total: 1, unit: 'steps' },
    { phase: 'import', done: 500, total: 2000, unit: 'bytes' },
    { phase: 'import', done: 500, total: 2000, unit: 'bytes', remainingMs: 9000 },
    { phase: 'scale', done: 2, total: 3, unit: 'steps' },
    { phase: 'scale', done: 40, total: 40, unit: 'rows', remainingMs: 0 },
  ]);
});
