import { HubError, type Job, type JobKind, type Json } from '@banyan/contract';
import { and, desc, eq, lt, ne, or, sql } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { idCursor, toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { hasRole, namespacesOf, roleIn } from '../people/roles.ts';
import { signedIn } from '../policy.ts';
import { sites, workers } from '../sites/table.ts';
import { announce, endAttempt } from './ending.ts';
import { type JobRow, jobs } from './table.ts';
import { type Present, presentSites, whyWaiting } from './waiting.ts';

export interface JobView {
  job: JobRow;
  site: string | null;
  worker: string | null;
}

export function selectJobs(db: Queries) {
  return db
    .select({ job: jobs, site: sites.name, worker: workers.name })
    .from(jobs)
    .leftJoin(sites, eq(sites.id, jobs.site))
    .leftJoin(workers, eq(workers.id, jobs.worker));
}

/** Jobs of the namespaces I belong to, newest first. */
export async function listJobs(
  ctx: Context,
  query: {
    limit: number;
    cursor?: string | undefined;
    namespace?: string | undefined;
    state?: Job['state'] | undefined;
    kind?: JobKind | undefined;
  },
) {
  const me = signedIn(ctx);
  const { limit, namespace, state, kind } = query;
  const cursor = idCursor(query.cursor);
  const rows = await selectJobs(ctx.db)
    .where(
      and(
        sql`${jobs.namespace} in ${namespacesOf(me)}`,
        namespace === undefined ? undefined : eq(jobs.namespace, namespace),
        state && eq(jobs.state, state),
        // Looks at data are many, short, and their asker's affair.
        kind ? eq(jobs.kind, kind) : ne(jobs.kind, 'query'),
        mayKnow(me),
        cursor === undefined ? undefined : lt(jobs.id, cursor),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(limit + 1);
  const present = rows.some(({ job }) => job.state === 'queued') ? await presentSites(ctx.db) : [];
  return toPage(
    rows,
    limit,
    (row) => row.job.id,
    (row) => presentJob(row, present),
  );
}

export async function readJob(ctx: Context, id: string): Promise<Job> {
  const me = signedIn(ctx);
  const [row] = await selectJobs(ctx.db).where(
    and(eq(jobs.id, id), sql`${jobs.namespace} in ${namespacesOf(me)}`, mayKnow(me)),
  );
  if (!row) throw new HubError('NOT_FOUND', 'There is no such job, or you may not see it.');
  return presentJob(row, row.job.state === 'queued' ? await presentSites(ctx.db) : []);
}

/** What a person asks of data is told to nobody else, though it is work of the data's namespace. */
const mayKnow = (me: Person) => or(ne(jobs.kind, 'query'), eq(jobs.createdBy, me.username));

/** Stops a job: by whoever asked for it while they contribute, or by the namespace's maintainers. */
export async function cancelJob(ctx: Context, id: string): Promise<Job> {
  const { namespace, createdBy, title } = await readJob(ctx, id);
  const me = signedIn(ctx, 'write');
  const role = await roleIn(ctx.db, me, namespace);
  if (!hasRole(role, createdBy === me.username ? 'contributor' : 'maintainer'))
    throw new HubError(
      'NOT_ALLOWED',
      `Only ${createdBy} and the maintainers of "${namespace}" may stop "${title}".`,
    );
  await ctx.db.transaction((tx) => requestCancel(ctx, tx, id));
  return readJob(ctx, id);
}

/** Ends a waiting job; a running one is told at its next heartbeat. One that is over stays as it ended. */
export async function requestCancel(ctx: Context, tx: Queries, id: string): Promise<void> {
  const [job] = await tx.select().from(jobs).where(eq(jobs.id, id)).for('update');
  if (!job || (job.state !== 'queued' && job.state !== 'running') || job.cancelRequested) return;
  await tx.update(jobs).set({ cancelRequested: true, error: null }).where(eq(jobs.id, id));
  if (job.state === 'queued') await endAttempt(ctx, tx, job, { state: 'cancelled' });
  else await announce(ctx, tx, job);
  await record(tx, { actor: ctx.actor, action: 'job.cancel', namespace: job.namespace, subject: id });
}

export function presentJob({ job, site, worker }: JobView, present: Present[]): Job {
  const result: Json | undefined = job.result ?? undefined;
  return {
    id: job.id,
    kind: job.kind,
    namespace: job.namespace,
    title: job.title,
    state: job.state,
    attempt: job.attempt,
    ...given('progress', job.progress),
    ...given('error', job.error),
    ...given('result', result),
    ...given('worker', worker),
    ...given('site', site),
    ...given('waitingFor', job.state === 'queued' ? whyWaiting(job, present) : undefined),
    createdBy: job.createdBy,
    createdAt: iso(job.createdAt),
    ...given('startedAt', job.startedAt?.toISOString()),
    ...given('finishedAt', job.finishedAt?.toISOString()),
  };
}
