import { HubError, type Job, type Json, type RepositoryKind } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { authorizeNamespace, authorizeRepository } from '../policy.ts';
import { findRepository, splitPath } from '../repositories/store.ts';
import { findEntries } from '../repositories/tree/listing.ts';
import type { CommitRow } from '../repositories/versions.ts';
import { runs } from '../runs/table.ts';
import { enqueue, type NewJob } from './enqueue.ts';
import { readJob } from './jobs.ts';
import { resolveJoins } from './joins.ts';
import { readInput } from './read-input.ts';

/** Asks a worker to clean, transform and split a dataset version by a recipe, into a version of `output`. */
export async function orderPreparation(
  ctx: Context,
  input: { project: string; dataset: string; revision: string; recipe: Json; seed: number; output: string },
): Promise<Job> {
  const { project, dataset, recipe, seed, output } = input;
  await authorizeNamespace(ctx, project, 'contributor');
  const { joins, pinned } = await resolveJoins(ctx, recipe, project);
  const { ref } = await readInput(ctx, 'dataset', dataset, input.revision, project);
  // By whatever name: that of another case, or an old one, leads to it too.
  const there = await findRepository(ctx.db, 'dataset', output);
  if ([ref, ...joins].some(({ repository }) => repository === there?.id))
    throw new HubError('BAD_INPUT', 'The prepared version needs a repository of its own.', {
      field: 'output',
    });
  await requireOutput(ctx, 'dataset', output);
  return order(ctx, {
    kind: 'prepare',
    namespace: project,
    title: `Prepare ${dataset} as ${output}`,
    order: { kind: 'prepare', recipe: pinned, seed, output },
    inputs: [ref, ...joins],
    priority: 10,
  });
}

/** Asks a worker to score a model version on the held-out rows of a prepared dataset version. */
export async function orderEvaluation(
  ctx: Context,
  input: { project: string; model: string; modelRevision: string; dataset: string; revision: string },
): Promise<Job> {
  const { project } = input;
  await authorizeNamespace(ctx, project, 'contributor');
  const model = await readInput(ctx, 'model', input.model, input.modelRevision, project);
  const dataset = await readInput(ctx, 'dataset', input.dataset, input.revision, project);
  await requirePrepared(ctx.db, input.dataset, dataset.commit);
  return order(ctx, {
    kind: 'evaluate',
    namespace: project,
    title: `Evaluate ${input.model} on ${input.dataset}`,
    order: { kind: 'evaluate', seed: 1 },
    inputs: [model.ref, dataset.ref],
    priority: 5,
  });
}

/** Asks a worker to explain a model version by the data it was trained on. */
export async function orderExplanation(
  ctx: Context,
  input: { project: string; model: string; revision: string; rows: number },
): Promise<Job> {
  const { project, rows } = input;
  await authorizeNamespace(ctx, project, 'contributor');
  const model = await readInput(ctx, 'model', input.model, input.revision, project);
  await authorizeRepository(ctx, 'model', input.model, 'write');
  const run = model.commit.run;
  const [trained] = run === null ? [] : await ctx.db.select().from(runs).where(eq(runs.id, run));
  if (!trained)
    throw new HubError(
      'BAD_INPUT',
      `This version of "${input.model}" was not trained on this hub, so its data are not known.`,
      {
        field: 'revision',
      },
    );
  const dataset = await readInput(ctx, 'dataset', trained.spec.dataset, trained.datasetCommit, project);
  return order(ctx, {
    kind: 'explain',
    namespace: project,
    title: `Explain ${input.model}`,
    order: { kind: 'explain', rows, seed: trained.spec.seed },
    inputs: [model.ref, dataset.ref],
    priority: 5,
  });
}

async function order(ctx: Context, job: NewJob): Promise<Job> {
  const { id } = await ctx.db.transaction(async (tx) => {
    const row = await enqueue(ctx, tx, job);
    await record(tx, {
      actor: ctx.actor,
      action: 'job.create',
      namespace: job.namespace,
      subject: row.id,
      details: {
        kind: job.kind,
        inputs: job.inputs.map(({ kind, path, commit }) => ({ kind, path, commit })),
      },
    });
    return row;
  });
  return readJob(ctx, id);
}

/** The asker must be able to write where the result goes; the repository is made when the result comes. */
export async function requireOutput(ctx: Context, kind: RepositoryKind, path: string): Promise<void> {
  await authorizeNamespace(ctx, splitPath(path).namespace, 'contributor');
  if (await findRepository(ctx.db, kind, path)) await authorizeRepository(ctx, kind, path, 'write');
}

/** Throws BAD_INPUT for a version without the splits that a prepare job writes. */
export async function requirePrepared(db: Queries, path: string, commit: CommitRow): Promise<void> {
  const wanted = ['fitted.json', 'train.parquet', 'test.parquet'];
  const found = new Set((await findEntries(db, commit, wanted)).map((entry) => entry.path));
  const missing = wanted.find((file) => !found.has(file));
  if (missing !== undefined)
    throw new HubError(
      'BAD_INPUT',
      `"${path}" at ${commit.id.slice(0, 8)} is not prepared: it has no ${missing}.`,
      {
        field: 'dataset',
        hint: 'Prepare it with a recipe first; the prepared version is what models train on.',
      },
    );
}
