import { HubError } from '@banyan/contract';
import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { forget } from '../blobs/blobs.ts';
import { uploads } from '../blobs/table.ts';
import type { Services } from '../context.ts';
import { forgetQueries } from '../data/queries.ts';
import { loggable } from '../failures.ts';
import { sites } from '../sites/table.ts';
import { allowedSites } from './consent.ts';
import { endAttempt } from './ending.ts';
import { stopJob } from './leased.ts';
import { jobs } from './table.ts';

const everyMs = 3000;
/** What a finished job brought and no repository kept stays a moment, in case its result is handed in again. */
const keptForMs = 60_000;

/** Watches over leases until it is stopped. Several hubs may do so on one database. */
export function startReaper(services: Services): () => Promise<void> {
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  stop.signal.addEventListener('abort', () => resolve());
  const work = (async () => {
    while (!stop.signal.aborted) {
      try {
        await reap(services);
      } catch (error) {
        services.log.warn({ error: loggable(error) }, 'the reaper failed, trying again');
      }
      const timer = AbortSignal.timeout(everyMs);
      await Promise.race([
        stopped,
        new Promise<void>((done) => timer.addEventListener('abort', () => done())),
      ]);
    }
  })();
  return async () => {
    stop.abort();
    await work;
  };
}

/** Workers could not renew their leases while no hub was there to hear them: each gets a whole one from now on. */
export async function renewLeases({ db, config }: Services): Promise<void> {
  const leaseUntil = new Date(Date.now() + config.leaseSeconds * 1000);
  await db
    .update(jobs)
    .set({ leaseUntil })
    .where(and(eq(jobs.state, 'running'), lt(jobs.leaseUntil, leaseUntil)));
}

/** One round: jobs that are overlong, or whose data were withdrawn, are told to stop; those of lost workers go back to the
 * queue; left-over bytes and old answers are deleted. */
export async function reap(services: Services): Promise<void> {
  await stopOverlong(services);
  await stopWithoutConsent(services);
  while (await takeBack(services));
  await sweep(services);
  await forgetQueries(services);
}

/** Takes back one job whose lease has run out. */
async function takeBack(services: Services): Promise<boolean> {
  return services.db.transaction(async (tx) => {
    const [job] = await tx
      .select()
      .from(jobs)
      .where(and(eq(jobs.state, 'running'), lt(jobs.leaseUntil, new Date())))
      .limit(1)
      .for('update', { skipLocked: true });
    if (!job) return false;
    if (job.cancelRequested) await stopJob(services, tx, job);
    else if (job.attempt < job.maxAttempts) {
      const error = { code: 'WORKER_LOST', message: 'Its worker fell silent; another one goes on.' };
      await endAttempt(services, tx, job, { state: 'queued', error });
    } else {
      const message = `${job.attempt} workers fell silent on this job one after the other. Look at their logs: it may need more memory than they have.`;
      await endAttempt(services, tx, job, { state: 'dead', error: { code: 'WORKERS_LOST', message } });
    }
    return true;
  });
}

/** A site may limit how long a job runs there; the worker hears it at its next heartbeat. */
async function stopOverlong({ db }: Services): Promise<void> {
  const hours = sql<number>`(${sites.policy}->>'maxJobHours')::float8`;
  const overlong = await db
    .select({ id: jobs.id, site: sites.name, hours })
    .from(jobs)
    .innerJoin(sites, eq(sites.id, jobs.site))
    .where(
      and(
        eq(jobs.state, 'running'),
        eq(jobs.cancelRequested, false),
        sql`${jobs.attemptAt} + make_interval(secs => ${hours} * 3600) < now()`,
      ),
    );
  for (const { id, site, hours } of overlong) {
    const message = `The site "${site}" stops jobs after ${hours} hours.`;
    await db
      .update(jobs)
      .set({ cancelRequested: true, error: { code: 'TIME_LIMIT', message } })
      .where(and(eq(jobs.id, id), eq(jobs.state, 'running')));
  }
}

/** Consent that ends, or terms that change, reach what runs too: a deployment would go on for ever. */
async function stopWithoutConsent({ db }: Services): Promise<void> {
  const running = await db
    .select({ job: jobs, site: sites.name })
    .from(jobs)
    .innerJoin(sites, eq(sites.id, jobs.site))
    .where(and(eq(jobs.state, 'running'), eq(jobs.cancelRequested, false)));
  for (const { job, site } of running) {
    try {
      await allowedSites(db, { ...job, wantedSite: site });
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'CONSENT_NEEDED') throw error;
      const message = `Consent ended while the job ran. ${error.message}`;
      await db
        .update(jobs)
        .set({ cancelRequested: true, error: { code: 'CONSENT_NEEDED', message } })
        .where(and(eq(jobs.id, job.id), eq(jobs.leaseToken, job.leaseToken ?? '')));
    }
  }
}

/** Deletes checkpoints, and results that were never handed in, of jobs that are over. */
async function sweep(services: Services): Promise<void> {
  const leftOver = await services.db
    .select({ uploader: uploads.uploader, sha256: uploads.sha256 })
    .from(uploads)
    .innerJoin(jobs, eq(jobs.id, uploads.uploader))
    .where(
      and(
        inArray(jobs.state, ['succeeded', 'failed', 'cancelled', 'dead']),
        lt(jobs.finishedAt, new Date(Date.now() - keptForMs)),
      ),
    )
    .limit(1000);
  for (const { uploader, sha256 } of leftOver) await forget(services, uploader, sha256);
}
