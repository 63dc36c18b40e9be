import { setTimeout as sleep } from 'node:timers/promises';
import { asHubError, type HubError, type HubErrorCode } from '@banyan/contract';

const passing: ReadonlySet<HubErrorCode> = new Set(['UNAVAILABLE', 'TOO_MANY', 'UPSTREAM', 'INTERNAL']);

const longestMs = 20_000;

/** The wait before attempt n + 1: 0.25 s doubled up to 20 s, of which a random half, so that workers do not return in step. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceilingMs = Math.min(longestMs, 250 * 2 ** Math.min(attempt, 10));
  return ceilingMs / 2 + (ceilingMs / 2) * random();
}

/** The hub's refusal, or undefined when the network (or a proxy between) failed and trying again makes sense. */
export function refusalOf(error: unknown): HubError | undefined {
  try {
    const refusal = asHubError(error);
    return passing.has(refusal.code) ? undefined : refusal;
  } catch {
    return undefined;
  }
}

/** The disk's and the file system's own failures: waiting does not help, a clear message does. */
const isLocal = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'ENOENT', 'EMFILE'].includes(
    (error as NodeJS.ErrnoException | undefined)?.code ?? '',
  );

export interface RetryOptions {
  signal: AbortSignal;
  /** Told once, at the first failure. */
  onTrouble?: (message: string) => void;
  /** Gives up after so many attempts and throws what happened last. Default: never. */
  attempts?: number;
  /** The longest wait between two attempts. Default: 20 s. */
  ceilingMs?: number;
}

/** Calls until it succeeds; a refusal of the hub is thrown at once as a HubError, an abort as the signal's reason. */
export async function persist<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onTrouble, attempts = Number.POSITIVE_INFINITY, ceilingMs = longestMs } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      signal.throwIfAborted();
      return await call();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const refusal = refusalOf(error);
      if (refusal !== undefined) throw refusal;
      if (isLocal(error) || attempt + 1 >= attempts) throw error;
      if (attempt === 0) onTrouble?.(describeNetworkFailure(error));
      await sleep(Math.min(ceilingMs, backoffMs(attempt)), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** `fetch failed` hides what happened in its cause. */
export function describeNetworkFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : error.message;
}
