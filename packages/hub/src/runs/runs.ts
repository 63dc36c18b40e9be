import { type AlgorithmInfo, HubError, type Run, type RunSpec } from '@banyan/contract';
import { and, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { numberCursor, toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { enqueue } from '../jobs/enqueue.ts';
import { cancelJob } from '../jobs/jobs.ts';
import { requireOutput, requirePrepared } from '../jobs/orders.ts';
import { readInput } from '../jobs/read-input.ts';
import type { InputRef } from '../jobs/table.ts';
import { jobs } from '../jobs/table.ts';
import { record } from '../ledger/record.ts';
import { authorizeNamespace, signedIn } from '../policy.ts';
import { projects } from '../projects/table.ts';
import { sites, workers } from '../sites/table.ts';
import { fillConfig, findAlgorithm, readCatalogue } from './catalogue.ts';
import { runs } from './table.ts';

/** Asks a worker to train: authorises, checks the settings, and writes run, job and ledger line together. */
export async function createRun(ctx: Context, spec: RunSpec): Promise<Run> {
  await requireContributor(ctx, spec.project);
  const catalogue = await readCatalogue(ctx.db);
  const dataset = await requireDataset(ctx, spec);
  const checked = await checkSpec(ctx, spec, catalogue);
  const id = await ctx.db.transaction((tx) => insertRun(ctx, tx, checked, dataset));
  return readRun(ctx, id);
}

/** Throws NOT_ALLOWED to readers, NOT_FOUND for what is no project. */
export async function requireContributor(ctx: Context, project: string): Promise<void> {
  await authorizeNamespace(ctx, project, 'contributor');
  const [row] = await ctx.db.select().from(projects).where(eq(projects.slug, project));
  if (!row)
    throw new HubError('BAD_INPUT', `"${project}" is no project. Start one first.`, { field: 'project' });
}

/** The prepared version to train on. */
export async function requireDataset(
  ctx: Context,
  spec: Pick<RunSpec, 'dataset' | 'revision' | 'project'>,
): Promise<InputRef> {
  const { ref, commit } = await readInput(ctx, 'dataset', spec.dataset, spec.revision, spec.project);
  await requirePrepared(ctx.db, spec.dataset, commit);
  return ref;
}

/** The spec with its settings checked and filled, and an output that the asker may write. */
export async function checkSpec(ctx: Context, spec: RunSpec, catalogue: AlgorithmInfo[]): Promise<RunSpec> {
  const algorithm = findAlgorithm(catalogue, spec.algorithm);
  const config = fillConfig(algorithm, spec.config);
  await requireOutput(ctx, 'model', spec.model);
  return { ...spec, config };
}

/** Writes a run that was authorised and checked; gives its id. */
export async function insertRun(
  ctx: Context,
  tx: Queries,
  spec: RunSpec,
  dataset: InputRef,
  race?: string,
): Promise<string> {
  const { project, algorithm, site } = spec;
  // Runs of a project are numbered one by one.
  await tx.select().from(projects).where(eq(projects.slug, project)).for('update');
  const [last] = await tx
    .select({ number: sql<number>`coalesce(max(${runs.number}), 0)::int` })
    .from(runs)
    .where(eq(runs.project, project));
  const id = uuidv7();
  const number = (last?.number ?? 0) + 1;
  const name = spec.name ?? `${algorithm}-${number}`;
  const job = await enqueue(ctx, tx, {
    kind: 'train',
    namespace: project,
    title: `Train ${name}`,
    order: { kind: 'train', run: id },
    inputs: [dataset],
    algorithm,
    site,
  });
  const createdBy = signedIn(ctx, 'write').username;
  await tx
    .insert(runs)
    .values({ id, project, number, name, spec, datasetCommit: dataset.commit, job: job.id, race, createdBy });
  await record(tx, {
    actor: ctx.actor,
    action: 'run.create',
    namespace: project,
    subject: id,
    details: {
      number,
      name,
      algorithm,
      dataset: dataset.path,
      commit: dataset.commit,
      model: spec.model,
      seed: spec.seed,
      lane: spec.lane,
    },
  });
  return id;
}

/** Runs of a project, newest first. */
export async function listRuns(
  ctx: Context,
  query: { project: string; limit: number; cursor?: string | undefined; state?: Run['state'] | undefined },
) {
  const { project, limit, state } = query;
  await authorizeNamespace(ctx, project, 'see');
  const cursor = numberCursor(query.cursor);
  const rows = await selectRuns(
    ctx.db,
    and(
      eq(runs.project, project),
      state && inArray(jobs.state, state === 'failed' ? ['failed', 'dead'] : [state]),
      cursor === undefined ? undefined : lt(runs.number, cursor),
    ),
    limit + 1,
  );
  return toPage(rows, limit, (row) => String(row.run.number), presentRun);
}

export async function readRun(ctx: Context, id: string): Promise<Run> {
  signedIn(ctx);
  const [row] = await selectRuns(ctx.db, eq(runs.id, id), 1);
  const unseen = new HubError('NOT_FOUND', 'There is no such run, or you may not see it.');
  if (!row) throw unseen;
  await authorizeNamespace(ctx, row.run.project, 'see').catch((error: unknown) => {
    throw error instanceof HubError && error.code === 'NOT_FOUND' ? unseen : error;
  });
  return presentRun(row);
}

export async function cancelRun(ctx: Context, id: string): Promise<Run> {
  const { job } = await readRun(ctx, id);
  await cancelJob(ctx, job);
  return readRun(ctx, id);
}

/** Runs with their jobs, newest first. */
export function selectRuns(db: Queries, where: SQL | undefined, limit: number) {
  return db
    .select({ run: runs, job: jobs, site: sites.name, worker: workers.name })
    .from(runs)
    .innerJoin(jobs, eq(jobs.id, runs.job))
    .leftJoin(sites, eq(sites.id, jobs.site))
    .leftJoin(workers, eq(workers.id, jobs.worker))
    .where(where)
    .orderBy(desc(runs.number))
    .limit(limit);
}

export function presentRun({ run, job, site, worker }: Awaited<ReturnType<typeof selectRuns>>[number]): Run {
  return {
    id: run.id,
    number: run.number,
    name: run.name,
    spec: run.spec,
    datasetCommit: run.datasetCommit,
    ...given('modelCommit', run.modelCommit),
    state: job.state === 'dead' ? 'failed' : job.state,
    job: job.id,
    ...given('race', run.race),
    ...given('progress', job.progress),
    ...given('error', job.error),
    ...given('evaluation', run.evaluation),
    ...given('baseline', run.baseline),
    ...given('runtime', run.runtime),
    createdBy: run.createdBy,
    ...given('worker', worker),
    ...given('site', site),
    attempts: job.attempt,
    createdAt: iso(run.createdAt),
    ...given('startedAt', job.startedAt?.toISOString()),
    ...given('finishedAt', job.finishedAt?.toISOString()),
  };
}
