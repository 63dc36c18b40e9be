import type { Readable } from 'node:stream';
import { HubError, type LogLine, type Point, type Progress } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { forget, sizesOf, upload, uploadedBy } from '../blobs/blobs.ts';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { iso } from '../db/present.ts';
import { appendLines } from '../runs/logs.ts';
import { appendPoints } from '../runs/metrics.ts';
import { sites, workers } from '../sites/table.ts';
import { announce, endAttempt } from './ending.ts';
import { type JobRow, jobs } from './table.ts';
import { speaksFor } from './workers.ts';

export interface Leased {
  id: string;
  leaseToken: string;
}

/**
 * Does something as the holder of a lease, in a transaction that holds the job's row. The token is the fence: a worker
 * that was given up, and wakes again, has an old one. Throws LEASE_LOST.
 */
export async function asHolder<T>(
  ctx: Context,
  { id, leaseToken }: Leased,
  work: (tx: Queries, job: JobRow) => Promise<T>,
): Promise<T> {
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .select({ job: jobs, site: sites })
      .from(jobs)
      .innerJoin(sites, eq(sites.id, jobs.site))
      .where(and(eq(jobs.id, id), eq(jobs.leaseToken, leaseToken)))
      .for('update', { of: jobs });
    if (!row || !(await speaksFor(ctx, row.site))) throw new HubError('LEASE_LOST');
    return work(tx, row.job);
  });
}

export const running = (job: JobRow): JobRow => {
  if (job.state !== 'running') throw new HubError('LEASE_LOST');
  return job;
};

/** Renews a lease; says whether somebody asked to stop. */
export async function heartbeat(ctx: Context, input: Leased & { progress?: Progress | undefined }) {
  return asHolder(ctx, input, async (tx, row) => {
    const job = running(row);
    const now = new Date();
    const leaseUntil = new Date(now.getTime() + ctx.config.leaseSeconds * 1000);
    await tx
      .update(jobs)
      .set({ leaseUntil, ...(input.progress ? { progress: input.progress } : {}) })
      .where(eq(jobs.id, job.id));
    if (job.worker !== null)
      await tx.update(workers).set({ lastSeenAt: now }).where(eq(workers.id, job.worker));
    if (input.progress) await announce(ctx, tx, job);
    return { cancel: job.cancelRequested, leaseUntil: iso(leaseUntil) };
  });
}

export async function addPoints(ctx: Context, input: Leased & { points: Point[] }): Promise<void> {
  await asHolder(ctx, input, async (tx, row) => {
    const { order } = running(row);
    if (order.kind !== 'train') throw new HubError('BAD_INPUT', 'Only trainings have metric points.');
    await appendPoints(tx, order.run, input.points);
    await ctx.events.publish(tx, { topic: 'run.points', id: order.run });
  });
}

export async function addLines(ctx: Context, input: Leased & { lines: LogLine[] }): Promise<void> {
  await asHolder(ctx, input, async (tx, row) => {
    const { id, order } = running(row);
    await appendLines(tx, id, input.lines);
    if (order.kind === 'train') await ctx.events.publish(tx, { topic: 'run.logs', id: order.run });
  });
}

/** Remembers where the next attempt goes on; the checkpoint before is deleted. */
export async function saveCheckpoint(ctx: Context, input: Leased & { step: number; sha256: string }) {
  const { step, sha256 } = input;
  const previous = await asHolder(ctx, input, async (tx, row) => {
    const job = running(row);
    const sizeBytes = (await sizesOf(tx, [sha256])).get(sha256);
    if (sizeBytes === undefined || !(await uploadedBy(tx, job.id, [sha256])).has(sha256))
      throw new HubError('BAD_INPUT', 'This job did not upload that checkpoint.', { field: 'sha256' });
    await tx.update(jobs).set({ checkpoint: { step, sha256, sizeBytes } }).where(eq(jobs.id, job.id));
    return job.checkpoint?.sha256;
  });
  if (previous !== undefined && previous !== sha256) await forget(ctx, input.id, previous);
}

/** Stores bytes of the result, or a checkpoint. They must be those announced. */
export async function uploadOutput(
  ctx: Context,
  input: Leased & { sha256: string },
  body: Readable,
): Promise<void> {
  // The lease is looked at before the bytes come and, by the call that uses them, after: not held locked meanwhile.
  await asHolder(ctx, input, async (_tx, job) => running(job));
  await upload(ctx, input.id, body, input.sha256);
}

/** Waits of 2, 8, 18, 32 s between attempts. */
const delayMs = (attempt: number): number => Math.min(60_000, 2000 * attempt ** 2);

/** The worker could not do it. `retry`: another attempt may well succeed. */
export async function failJob(
  ctx: Context,
  input: Leased & { error: { code: string; message: string }; retry: boolean },
): Promise<void> {
  await asHolder(ctx, input, async (tx, row) => {
    const job = running(row);
    if (job.cancelRequested) return stopJob(ctx, tx, job);
    const again = input.retry && job.attempt < job.maxAttempts;
    await endAttempt(
      ctx,
      tx,
      job,
      again
        ? { state: 'queued', error: input.error, delayMs: delayMs(job.attempt) }
        : { state: 'failed', error: input.error },
    );
  });
}

/** The worker gives the job back: because it leaves, or because it was told to cancel. */
export async function releaseJob(ctx: Context, input: Leased): Promise<void> {
  await asHolder(ctx, input, async (tx, row) => {
    const job = running(row);
    if (job.cancelRequested) await stopJob(ctx, tx, job);
    else await endAttempt(ctx, tx, job, { state: 'queued', unharmed: true });
  });
}

/** Ends a job that was told to stop: by a person, or (then it has an error) by the site's policy. */
export async function stopJob(
  ctx: Parameters<typeof endAttempt>[0],
  tx: Queries,
  job: JobRow,
): Promise<void> {
  const { error } = job;
  await endAttempt(ctx, tx, job, error ? { state: 'failed', error } : { state: 'cancelled' });
}
