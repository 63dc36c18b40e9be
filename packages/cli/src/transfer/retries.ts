import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '@banyan/contract';
import { isNetworkFailure } from '../refusal.ts';

const passing: ReadonlySet<HubError['code']> = new Set([
  'TOO_MANY',
  'INTERNAL',
  'UPSTREAM',
  'UNAVAILABLE',
  'CHECKSUM',
]);
/** A hub that restarts is back within a minute or so. */
const pausesMs = [250, 1000, 2000, 4000, 8000, 15_000, 30_000];

/** Whether the same request may succeed later: the line was cut, the hub was busy, bytes were damaged on their way. */
export const mayPass = (error: unknown): boolean =>
  isNetworkFailure(error) || (error instanceof HubError && passing.has(error.code));

/** Does it again after a pause, as long as its failure may pass; throws the last failure. The work must bear repetition. */
export async function withRetries<T>(
  work: () => Promise<T>,
  { signal, pauses = pausesMs }: { signal: AbortSignal; pauses?: readonly number[] },
): Promise<T> {
  for (const pauseMs of pauses) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
    }
    await sleep(pauseMs * (0.75 + Math.random() / 2), undefined, { signal });
  }
  return work();
}
