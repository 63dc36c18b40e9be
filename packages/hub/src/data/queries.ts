import { createHash } from 'node:crypto';
import { type AnswerTo, answer, HubError, type Json, type QueryTable, type Question } from '@banyan/contract';
import { and, count, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { Context, Services } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { enqueue } from '../jobs/enqueue.ts';
import { type JobRow, jobs } from '../jobs/table.ts';
import { presentSites, whyWaiting } from '../jobs/waiting.ts';
import { signedIn } from '../policy.ts';
import { pathOf } from '../repositories/store.ts';
import type { Conversion, TableRow } from './conversion.ts';

/** A request waits so long for a worker, then it is told to ask again. */
const patienceMs = 20_000;
/** An answer is good for as long as its job is kept: versions do not change. */
const keptForMs = 3_600_000;
/** Of one person, at a time. */
const mostWaiting = 12;
/** A worker fetches the files it asks; a question over more is not a look. */
const mostBytes = 16e9;

export type Asked<A extends Question['ask']> =
  | { state: 'ready'; answer: AnswerTo<A> }
  | { state: 'pending'; job: string; message?: string };

/** A table of a question: some parts of a split. */
export interface AskedTable {
  name: string;
  parts: readonly TableRow[];
}

/**
 * Has a worker answer a question about a version that the asker may read, and waits for it. The same question about the
 * same files is not asked twice. Throws BAD_INPUT with the worker's words when it cannot be answered as it is.
 */
export async function ask<Q extends Question>(
  ctx: Context,
  { access, commit, converted }: Conversion,
  tables: readonly AskedTable[],
  question: Q,
): Promise<Asked<Q['ask']>> {
  const { repository } = access;
  if (converted === undefined) throw new Error('a version without tables was asked');
  const sizeBytes = tables.flatMap(({ parts }) => parts).reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sizeBytes > mostBytes)
    throw new HubError(
      'BAD_INPUT',
      `This would have a worker fetch ${Math.round(sizeBytes / 1e9)} GB, more than the ${mostBytes / 1e9} GB of a query.`,
      { hint: 'Page through it without a filter, or prepare a part of it with a recipe.' },
    );
  const job = await ctx.db.transaction(async (tx) => {
    const asked = { tables: tables.map(queryTable), question };
    const key = createHash('sha256')
      .update(JSON.stringify([converted, asked]))
      .digest('hex');
    const [known] = await tx
      .select()
      .from(jobs)
      .where(
        and(
          eq(jobs.kind, 'query'),
          sql`${jobs.order}->>'key' = ${key}`,
          eq(jobs.namespace, repository.namespace),
          inArray(jobs.state, ['queued', 'running', 'succeeded']),
          gt(jobs.createdAt, new Date(Date.now() - keptForMs / 2)),
        ),
      )
      .orderBy(desc(jobs.id))
      .limit(1);
    if (known && !known.cancelRequested) return known;
    await refuseTooMany(ctx, tx);
    const path = pathOf(repository);
    return enqueue(ctx, tx, {
      kind: 'query',
      namespace: repository.namespace,
      title: `Look at ${path}`,
      order: { kind: 'query', key, version: commit.id, ...asked },
      inputs: [{ role: 'dataset', kind: 'dataset', repository: repository.id, path, commit: converted }],
      // A person waits for it.
      priority: 100,
      reading: true,
    });
  });
  return answerOf(ctx, await waitFor(ctx, job), question);
}

const queryTable = ({ name, parts }: AskedTable): Omit<QueryTable, 'features'> => ({
  name,
  config: parts[0]?.config ?? '',
  split: parts[0]?.split ?? '',
  files: parts.map(({ path, rows }) => ({ path, rows })),
});

async function refuseTooMany(ctx: Context, tx: Queries): Promise<void> {
  const [row] = await tx
    .select({ total: count() })
    .from(jobs)
    .where(
      and(
        eq(jobs.kind, 'query'),
        eq(jobs.createdBy, signedIn(ctx).username),
        inArray(jobs.state, ['queued', 'running']),
      ),
    );
  if ((row?.total ?? 0) >= mostWaiting)
    throw new HubError(
      'TOO_MANY',
      `${mostWaiting} questions of yours wait for an answer. Let them be answered first.`,
    );
}

async function waitFor(ctx: Context, job: JobRow): Promise<JobRow> {
  const until = Date.now() + patienceMs;
  for (let row = job; ; ) {
    if (row.state !== 'queued' && row.state !== 'running') return row;
    const leftMs = until - Date.now();
    if (leftMs <= 0) return row;
    const stop = new AbortController();
    // Listening comes before looking.
    const changed = ctx.events.wait('job.changed', job.id, Math.min(leftMs, 2000), stop.signal);
    const [now] = await ctx.db.select().from(jobs).where(eq(jobs.id, job.id));
    if (!now) throw new HubError('UNAVAILABLE', 'The question was dropped. Ask again.');
    if (now.state !== 'queued' && now.state !== 'running') stop.abort();
    await changed;
    row = now;
  }
}

async function answerOf<Q extends Question>(
  ctx: Context,
  job: JobRow,
  { ask: kind }: Q,
): Promise<Asked<Q['ask']>> {
  if (job.state === 'queued' || job.state === 'running') {
    const message = job.state === 'queued' ? whyWaiting(job, await presentSites(ctx.db)) : undefined;
    return { state: 'pending', job: job.id, ...(message === undefined ? {} : { message }) };
  }
  if (job.state === 'succeeded') {
    const found = answer.parse(job.result);
    if (found.ask !== kind) throw new Error(`job ${job.id} answers another question`);
    return { state: 'ready', answer: found as AnswerTo<Q['ask']> };
  }
  const { code = '', message = 'The query was stopped.' } = job.error ?? {};
  if (/^QUERY_(REFUSED|SQL|TIME|MEMORY)$/.test(code)) throw new HubError('BAD_INPUT', message);
  throw new HubError('UPSTREAM', `The worker could not answer: ${message}`);
}

/** What a query's job keeps: the answer, which its asker fetches. */
export const keptAnswer = (result: { answer: unknown }): Json => answer.parse(result.answer) as Json;

/** Answers are no record: after an hour they are gone. */
export async function forgetQueries({ db }: Services): Promise<void> {
  await db
    .delete(jobs)
    .where(and(eq(jobs.kind, 'query'), lt(jobs.finishedAt, new Date(Date.now() - keptForMs))));
}
