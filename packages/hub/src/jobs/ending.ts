import type { Job, Json } from '@banyan/contract';
import { eq, sql } from 'drizzle-orm';
import type { Context, Services } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { sites } from '../sites/table.ts';
import { type JobRow, jobs } from './table.ts';

/** A rule on behalf of the hub itself has services alone; its deeds have no actor. */
export type Doer = Services & Partial<Pick<Context, 'actor'>>;

export interface Ending {
  /** `queued` gives the job to the next worker. */
  state: Exclude<Job['state'], 'running'>;
  error?: { code: string; message: string } | undefined;
  result?: Json;
  /** Until the next attempt. */
  delayMs?: number;
  /** The attempt does not count. */
  unharmed?: boolean;
}

/**
 * Ends an attempt of a job whose row the caller has locked, and writes down the compute it took and who lent it. Call
 * it last in its transaction.
 */
export async function endAttempt(ctx: Doer, tx: Queries, job: JobRow, ending: Ending): Promise<void> {
  const { state, error, result, delayMs = 0, unharmed = false } = ending;
  const now = new Date();
  const again = state === 'queued';
  await tx
    .update(jobs)
    .set({
      state,
      error: error ?? null,
      ...(result === undefined ? {} : { result }),
      leaseUntil: null,
      attemptAt: null,
      // A finished job keeps its token: handing in the same result again is answered alike.
      ...(again
        ? { leaseToken: null, worker: null, site: null, runAt: new Date(now.getTime() + delayMs) }
        : { finishedAt: now }),
      ...(unharmed ? { attempt: sql`greatest(${jobs.attempt} - 1, 0)` } : {}),
    })
    .where(eq(jobs.id, job.id));
  await announce(ctx, tx, job);
  if (again) await ctx.events.publish(tx, { topic: 'job.queued', id: job.id });
  // A look at data is no contribution: the ledger would drown in them.
  if (job.kind === 'query') return;
  const [site] = job.site === null ? [] : await tx.select().from(sites).where(eq(sites.id, job.site));
  const computeSeconds = job.attemptAt === null ? 0 : (now.getTime() - job.attemptAt.getTime()) / 1000;
  await record(tx, {
    actor: ctx.actor,
    action: again ? 'job.requeue' : 'job.finish',
    namespace: job.namespace,
    subject: job.id,
    details: {
      kind: job.kind,
      state,
      attempt: job.attempt,
      computeSeconds,
      ...(site ? { site: site.name } : {}),
      ...(site?.organisation ? { organisation: site.organisation } : {}),
      ...(error ? { error: error.code } : {}),
    },
  });
}

/** Tells the pages that watch a job, or its run, to look again. */
export async function announce(ctx: Doer, tx: Queries, job: JobRow): Promise<void> {
  await ctx.events.publish(tx, { topic: 'job.changed', id: job.id });
  if (job.order.kind === 'train') await ctx.events.publish(tx, { topic: 'run.changed', id: job.order.run });
  if (job.order.kind === 'serve')
    await ctx.events.publish(tx, { topic: 'deployment.changed', id: job.order.deployment });
}
