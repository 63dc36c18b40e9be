import { afterEach, expect, it, vi } from 'vitest';
import { Gate } from './gate.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('ends at once when it is stopped while it rests after a failure', async () => {
  // What a browser has and Node has not.
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('addEventListener', () => {});
  vi.useFakeTimers();
  const stop = new AbortController();
  const gate = new Gate(stop.signal, () => {});
  const failed = Promise.withResolvers<void>();
  const passed = gate.pass(() => {
    failed.resolve();
    return Promise.reject(new TypeError('network'));
  });
  const ended = expect(passed).rejects.toThrow('Stopped.');
  await failed.promise;
  // Time stands still: only the stop can end the rest.
  await vi.advanceTimersByTimeAsync(0);
  stop.abort(new Error('Stopped.'));
  await ended;
});
