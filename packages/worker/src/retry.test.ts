import { HubError } from '@banyan/contract';
import { expect, it } from 'vitest';
import { backoffMs, persist } from './retry.ts';

const never = new AbortController().signal;

it('waits longer each time, never more than 20 s, never in step', () => {
  expect(backoffMs(0, () => 0)).toBe(125);
  expect(backoffMs(3, () => 0.5)).toBe(1500);
  expect(backoffMs(1000, () => 1)).toBe(20_000);
});

it('tries again after a network failure and tells of it once', async () => {
  const troubles: string[] = [];
  let calls = 0;
  const answer = await persist(
    async () => {
      if (++calls < 3) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      return 'there';
    },
    { signal: never, onTrouble: (trouble) => troubles.push(trouble) },
  );
  expect(answer).toBe('there');
  expect(calls).toBe(3);
  expect(troubles).toEqual(['connect ECONNREFUSED']);
});

it('gives a refusal and a full disk on at once', async () => {
  let calls = 0;
  const failing = (error: Error) => () => {
    calls += 1;
    return Promise.reject(error);
  };
  await expect(persist(failing(new HubError('LEASE_LOST')), { signal: never })).rejects.toThrow(HubError);
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  await expect(persist(failing(full), { signal: never })).rejects.toBe(full);
  expect(calls).toBe(2);
});

it('ends with the reason of an abort', async () => {
  const stop = new AbortController();
  const waiting = persist(() => Promise.reject(new TypeError('fetch failed')), { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
