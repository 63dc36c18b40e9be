import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { bar, formatProgress, openProgress } from './progress-line.ts';

it('shows share, speed, time to go and loss', () => {
  const state = { phase: 'training', done: 580, total: 1000, unit: 'steps' as const, remark: 'loss 0.123' };
  expect(formatProgress(state, 120)).toBe(
    'training  ███████░░░░░   58%  580/1000 steps  120 steps/s  ETA 4 s  loss 0.123',
  );
  expect(formatProgress({ phase: 'waiting', done: 0, unit: 'steps' }, undefined)).toBe('waiting');
  expect(formatProgress({ phase: 'uploading', done: 5e5, total: 2e6, unit: 'bytes' }, 1e6)).toContain(
    '25%  500 kB of 2.0 MB  1.0 MB/s  ETA 2 s',
  );
});

it('fills a bar by eighths', () => {
  expect([0, 0.5, 1, 2].map((share) => bar(share, 4))).toEqual(['░░░░', '██░░', '████', '████']);
  expect(bar(1 / 32, 4)).toBe('▏░░░');
});

async function record(isTTY: boolean): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  let nowMs = 0;
  const signal = new AbortController().signal;
  const line = openProgress({ stdout: stream, stderr: stream, environment: {}, signal }, false, () => nowMs);
  for (let done = 0; done <= 100; done++, nowMs += 200)
    line.show({ phase: 'training', done, total: 100, unit: 'steps' });
  line.above('a log line');
  line.end();
  stream.end();
  return text(stream);
}

it('redraws one line on a terminal', async () => {
  const shown = await record(true);
  expect(shown.split('\n')).toHaveLength(2);
  expect(shown).toContain('\r\u001b[2K');
  expect(shown).toContain('5.0 steps/s  ETA');
});

it('prints a plain line now and then elsewhere', async () => {
  const lines = (await record(false)).trim().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.length).toBeLessThan(10);
  expect(lines.at(-1)).toBe('a log line');
  expect(lines.join('')).not.toContain('\u001b');
});
