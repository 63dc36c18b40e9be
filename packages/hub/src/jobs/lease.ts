import { randomBytes } from 'node:crypto';
import { HubError, type JobKind, type JobPayload } from '@banyan/contract';
import { and, asc, desc, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { iso } from '../db/present.ts';
import type { sites } from '../sites/table.ts';
import { allowedSites } from './consent.ts';
import { acceptanceOf } from './eligibility.ts';
import { announce, endAttempt } from './ending.ts';
import { payloadOf } from './payload.ts';
import { type JobRow, jobs } from './table.ts';
import { seeWorker, type WorkerRow } from './workers.ts';

export interface Lease {
  id: string;
  leaseToken: string;
  payload: JobPayload;
  attempt: number;
  leaseUntil: string;
}

/** A job that waits for its next attempt has no event to announce it: look at least so often. */
const lookAgainMs = 5000;

/** Waits until there is a job for a worker, at most `waitMs`; gives nothing then, or when the worker has hung up. */
export async function leaseJob(
  ctx: Context,
  { worker: id, kinds, waitMs }: { worker: string; kinds: JobKind[]; waitMs: number },
  signal: AbortSignal | undefined,
): Promise<{ lease?: Lease }> {
  const until = Date.now() + waitMs;
  const hungUp = (): boolean => signal?.aborted ?? false;
  while (!hungUp()) {
    const { worker, site } = await seeWorker(ctx, id);
    // Listening comes before looking, or a job that arrives in between would wait for the next one.
    const stop = new AbortController();
    const waited = ctx.events.wait(
      'job.queued',
      undefined,
      Math.max(0, Math.min(until - Date.now(), lookAgainMs)),
      signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    );
    const lease = await takeJob(ctx, worker, site, kinds);
    if (lease) {
      stop.abort();
      return { lease };
    }
    await waited;
    if (Date.now() >= until) return {};
  }
  return {};
}

/** Takes the first job in the queue that this worker may do. */
async function takeJob(
  ctx: Context,
  worker: WorkerRow,
  site: typeof sites.$inferSelect,
  wanted: JobKind[],
): Promise<Lease | undefined> {
  for (;;) {
    const outcome = await ctx.db.transaction(async (tx) => {
      const job = await firstFor(tx, worker, site, wanted);
      if (!job) return { done: true as const };
      let allowed: string[] | undefined;
      try {
        allowed = await allowedSites(tx, job);
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== 'CONSENT_NEEDED') throw error;
        const message = `Consent ended before the job could start. ${error.message}`;
        await endAttempt(ctx, tx, job, { state: 'failed', error: { code: 'CONSENT_NEEDED', message } });
        return { done: false as const };
      }
      if (allowed && !allowed.includes(site.name)) {
        await tx.update(jobs).set({ sites: allowed }).where(eq(jobs.id, job.id));
        return { done: false as const };
      }
      const lease = await grantLease(ctx, tx, job, worker);
      return lease === undefined ? { done: false as const } : { done: true as const, lease };
    });
    if (outcome.done) return 'lease' in outcome ? outcome.lease : undefined;
  }
}

/** The first queued job that fits worker, site and policy, locked; others that look at this moment skip it. */
async function firstFor(
  tx: Queries,
  worker: WorkerRow,
  site: typeof sites.$inferSelect,
  wanted: JobKind[],
): Promise<JobRow | undefined> {
  const { kinds, namespaces, trusting } = await acceptanceOf(tx, site);
  const able = wanted.filter((kind) => worker.kinds.includes(kind) && (kinds?.includes(kind) ?? true));
  if (able.length === 0 || namespaces?.length === 0) return undefined;
  const [job] = await tx
    .select()
    .from(jobs)
    .where(
      and(
        eq(jobs.state, 'queued'),
        lte(jobs.runAt, new Date()),
        inArray(jobs.kind, able),
        namespaces ? inArray(jobs.namespace, [...namespaces]) : undefined,
        trusting ? or(inArray(jobs.namespace, [...trusting]), eq(jobs.wantedSite, site.name)) : undefined,
        or(isNull(jobs.sites), sql`${site.name} = any(${jobs.sites})`),
      ),
    )
    .orderBy(desc(jobs.priority), asc(jobs.runAt), asc(jobs.id))
    .limit(1)
    .for('update', { skipLocked: true });
  return job;
}

/** Nothing for a job that nobody can do, whose files are gone or too many say: it fails, and the queue goes on. */
async function grantLease(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  worker: WorkerRow,
): Promise<Lease | undefined> {
  const leaseToken = randomBytes(24).toString('base64url');
  const now = new Date();
  const leaseUntil = new Date(now.getTime() + ctx.config.leaseSeconds * 1000);
  const [row] = await tx
    .update(jobs)
    .set({
      state: 'running',
      attempt: job.attempt + 1,
      leaseToken,
      leaseUntil,
      worker: worker.id,
      site: worker.site,
      progress: null,
      error: null,
      startedAt: job.startedAt ?? now,
      attemptAt: now,
    })
    .where(eq(jobs.id, job.id))
    .returning();
  if (!row) throw new Error('update returned no row');
  let payload: JobPayload;
  try {
    payload = await payloadOf(tx, row, leaseToken);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const { code, message, details } = error;
    const told = details?.hint === undefined ? message : `${message} ${details.hint}`;
    await endAttempt(ctx, tx, row, { state: 'failed', error: { code, message: told } });
    return undefined;
  }
  await announce(ctx, tx, row);
  return { id: row.id, leaseToken, payload, attempt: row.attempt, leaseUntil: iso(leaseUntil) };
}
