import { type JobKind, jobKinds } from '@banyan/contract';
import type { Crew, Lease } from './crew.ts';
import type { Membership } from './join.ts';
import { persist } from './retry.ts';

/** Kinds of jobs that share a number of places. Each lane waits at the hub on its own, so a full one blocks no other. */
export interface Lane {
  kinds: JobKind[];
  places: number;
}

/**
 * One training at a time, since it fills the machine; beside it one short job, so that a profile need not wait hours; the
 * rest serves. Queries take no slot: a person waits for them, each is bounded in time and memory, and two run at once.
 */
export function lanesFor(slots: number): Lane[] {
  const queries: Lane = { kinds: ['query'], places: 2 };
  if (slots === 1) return [{ kinds: jobKinds.filter((kind) => kind !== 'query'), places: 1 }, queries];
  if (slots === 2)
    return [
      { kinds: ['prepare', 'train', 'evaluate', 'explain'], places: 1 },
      { kinds: ['serve'], places: 1 },
      queries,
    ];
  return [
    { kinds: ['train'], places: 1 },
    { kinds: ['prepare', 'evaluate', 'explain'], places: 1 },
    { kinds: ['serve'], places: slots - 2 },
    queries,
  ];
}

const pollMs = 20_000;

/**
 * Leases jobs for one lane until the signal aborts, then waits for those that run. `rejoin` answers the membership to
 * use when the hub no longer knows this worker.
 */
export async function workLane(
  crew: Crew,
  lane: Lane,
  membership: { current: Membership; rejoin(): Promise<void> },
  run: (lease: Lease) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const poll = () =>
    crew.hub.worker.lease(
      { worker: membership.current.worker, kinds: lane.kinds, waitMs: pollMs },
      { signal },
    );
  try {
    while (!signal.aborted) {
      if (running.size >= lane.places) {
        await Promise.race(running);
        continue;
      }
      const { lease } = await persist(poll, {
        signal,
        onTrouble: (trouble) => crew.say(`the hub does not answer (${trouble}); trying again`),
      }).catch(async (error: unknown) => {
        if (signal.aborted) return { lease: undefined };
        if ((error as { code?: string }).code !== 'NOT_FOUND') throw error;
        await membership.rejoin();
        return { lease: undefined };
      });
      if (lease === undefined) continue;
      const job = run(lease).finally(() => running.delete(job));
      running.add(job);
    }
  } finally {
    await Promise.all(running);
  }
}
