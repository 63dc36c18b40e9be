import { createHubClient, HubError } from '@banyan/contract';
import type { Crew } from './crew.ts';
import { openInputCache } from './inputs.ts';
import { sweepJobFolders } from './job-folders.ts';
import { join, type Membership } from './join.ts';
import { sweepKept } from './kept.ts';
import { lanesFor, workLane } from './lease.ts';
import { persist } from './retry.ts';
import { runJob } from './run-job.ts';
import type { WorkerSettings } from './settings.ts';

/**
 * Joins a hub and works for it until the signal aborts; then gives its jobs back and returns. Throws a HubError when
 * the hub refuses this worker (a wrong or expired token, a site that does not exist).
 */
export async function runWorker(
  settings: WorkerSettings,
  say: Crew['say'],
  leaving: AbortSignal,
): Promise<void> {
  const hub = createHubClient({ url: settings.url, token: settings.token });
  const crew: Crew = { hub, settings, say };
  await sweepJobFolders(settings.home);
  await sweepKept(settings.home);
  const enrol = (): Promise<Membership> =>
    persist(() => join(crew), {
      signal: leaving,
      onTrouble: (trouble) => say(`no hub at ${settings.url} yet (${trouble}); trying again`),
    });
  let current: Membership;
  try {
    current = await enrol();
  } catch (error) {
    if (leaving.aborted) return;
    throw error;
  }
  say(`joined ${settings.url} as ${settings.name} at site ${current.site}; waiting for jobs`);

  const membership = {
    get current() {
      return current;
    },
    async rejoin() {
      current = await enrol();
    },
  };
  const cache = openInputCache(settings.url, settings.home, settings.cacheBytes);
  // One lane refused (an expired token, say) ends all: the jobs that run would be refused as well.
  const refused = new AbortController();
  const ending = AbortSignal.any([leaving, refused.signal]);
  const lanes = lanesFor(settings.slots).map((lane) =>
    workLane(
      crew,
      lane,
      membership,
      (lease) => runJob(crew, cache, lease, current.leaseSeconds, ending),
      ending,
    ).catch((error: unknown) => {
      refused.abort();
      if (!leaving.aborted) throw error;
    }),
  );
  const results = await Promise.allSettled(lanes);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return;
  throw failure.reason instanceof HubError ? failure.reason : new Error(String(failure.reason));
}
