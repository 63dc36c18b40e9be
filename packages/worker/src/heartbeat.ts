import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '@banyan/contract';
import type { Crew, Lease } from './crew.ts';
import { persist } from './retry.ts';
import { Stop } from './stop.ts';

export interface Heartbeat {
  /** Sent with the next beat, within about a second. */
  report: (progress: Progress) => void;
  end: () => void;
}

const newsMs = 1000;
const quietMs = 5000;

/**
 * Renews a lease until ended: each second while there is news, else every third of the lease (at most 5 s, so that a
 * cancel arrives soon). Calls `stop` once when the hub says cancel, or that the lease is another's.
 */
export function startHeartbeat(
  crew: Crew,
  lease: Lease,
  leaseSeconds: number,
  stop: (why: Stop) => void,
): Heartbeat {
  const ended = new AbortController();
  const state: { progress?: Progress; news: boolean } = { news: false };
  const intervalMs = Math.min(quietMs, Math.round((leaseSeconds * 1000) / 3));

  const beat = async (): Promise<void> => {
    state.news = false;
    const { progress } = state;
    const answer = await persist(
      () =>
        crew.hub.worker.heartbeat(
          { id: lease.id, leaseToken: lease.leaseToken, ...(progress === undefined ? {} : { progress }) },
          // A connection that died without a word must not take the lease with it.
          { signal: AbortSignal.any([ended.signal, AbortSignal.timeout(2 * intervalMs)]) },
        ),
      { signal: ended.signal, ceilingMs: intervalMs },
    );
    if (answer.cancel) stop(new Stop('cancelled'));
  };

  void (async () => {
    try {
      for (;;) {
        for (let waitedMs = 0; waitedMs < intervalMs && !(state.news && waitedMs > 0); ) {
          const stepMs = Math.min(newsMs, intervalMs - waitedMs);
          await sleep(stepMs, undefined, { signal: ended.signal });
          waitedMs += stepMs;
        }
        await beat();
      }
    } catch (error) {
      // Every refusal of a heartbeat means that this lease, token or job is over: which, the hub's words say.
      if (ended.signal.aborted) return;
      crew.say(`the hub refused a heartbeat: ${error instanceof Error ? error.message : String(error)}`);
      stop(new Stop('lost'));
    }
  })();

  return {
    report(next) {
      state.progress = next;
      state.news = true;
    },
    end: () => ended.abort(),
  };
}
