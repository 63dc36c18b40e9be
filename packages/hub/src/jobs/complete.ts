import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { HubError, type JobResult, type Json, type RepositoryKind } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { sizesOf, upload, uploadedBy } from '../blobs/blobs.ts';
import { gitOidsOf } from '../blobs/git-oids.ts';
import type { Context } from '../context.ts';
import { keepConversion } from '../data/keep-conversion.ts';
import { keptAnswer } from '../data/queries.ts';
import type { Queries } from '../db/connection.ts';
import { given } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import type { RepositoryRow } from '../policy.ts';
import { isLargeFile, usualAttributes } from '../repositories/attributes.ts';
import { describeVersion } from '../repositories/card/describe.ts';
import { changeTree, type Step } from '../repositories/changing.ts';
import { findRepository, lockRepository, pathOf, splitPath } from '../repositories/store.ts';
import { repositories } from '../repositories/table.ts';
import { emptyRoot } from '../repositories/tree/page.ts';
import { type CommitRow, headOf, mainBranch, writeCommit } from '../repositories/versions.ts';
import { commits, profiles } from '../repositories/versions-table.ts';
import { runs } from '../runs/table.ts';
import { endAttempt } from './ending.ts';
import { asHolder, type Leased } from './leased.ts';
import type { InputRef, JobRow } from './table.ts';

type ResultOf<K extends JobResult['kind']> = Extract<JobResult, { kind: K }>;
type Uploaded = { path: string; sha256: string }[];

/**
 * Hands in a result: one transaction turns its files into a commit, ends run and job, and records both. Handing in
 * again with the same token changes nothing and is answered alike: the answer may have been lost on its way. Throws
 * LEASE_LOST.
 */
export async function completeJob(ctx: Context, input: Leased & { result: JobResult }): Promise<void> {
  const { result } = input;
  const card =
    result.kind === 'prepare' && result.card !== undefined
      ? [await storeCard(ctx, input.id, result.card)]
      : [];
  const handedIn = 'files' in result ? result.files : [];
  const oids = await gitOidsOfRegular(ctx, input.id, [...handedIn, ...card]);
  await asHolder(ctx, input, async (tx, job) => {
    if (job.state === 'succeeded') return;
    if (job.state !== 'running') throw new HubError('LEASE_LOST');
    if (result.kind !== job.kind)
      throw new HubError('BAD_INPUT', `The result is of the kind ${result.kind}, the job of ${job.kind}.`);
    const kept = await keep(ctx, tx, job, { result, card, oids });
    await endAttempt(ctx, tx, job, { state: 'succeeded', result: kept });
  });
}

async function storeCard(ctx: Context, job: string, markdown: string) {
  const { sha256 } = await upload(ctx, job, Readable.from([Buffer.from(markdown)]));
  return { path: 'README.md', sha256 };
}

/** Keeps what a job made; gives what its page shows of it. */
async function keep(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  { result, card, oids }: { result: JobResult; card: Uploaded; oids: GitOids },
): Promise<Json> {
  if (result.kind === 'prepare') return keepPrepared(ctx, tx, job, { ...result, cardFile: card, oids });
  if (result.kind === 'train') return keepModel(ctx, tx, job, { ...result, oids });
  if (result.kind === 'explain') return keepExplanation(ctx, tx, job, { ...result, oids });
  if (result.kind === 'query') return keptAnswer(result);
  if (result.kind === 'evaluate')
    return JSON.parse(JSON.stringify({ evaluation: result.evaluation, ...inputsOf(job) }));
  return {};
}

/** Without an output: the profile of the version that was looked at. With one: a new version of it, with its profile. */
async function keepPrepared(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  {
    profile,
    rows,
    files,
    converted,
    cardFile,
    oids,
  }: ResultOf<'prepare'> & { cardFile: Uploaded; oids: GitOids },
): Promise<Json> {
  const dataset = inputOf(job, 'dataset');
  const { output } = job.order.kind === 'prepare' ? job.order : {};
  if (output === undefined) {
    await keepProfile(tx, {
      repository: dataset.repository,
      commit: dataset.commit,
      job: job.id,
      profile,
      rows,
    });
    await keepConversion(tx, job, dataset, { converted, files });
    return {};
  }
  const whole = await stepsOf(tx, job, { files: [...files, ...cardFile], oids });
  const { repository, commit } = await commitOutput(ctx, tx, job, {
    kind: 'dataset',
    path: output,
    whole,
    message: `Prepare ${dataset.path} (${dataset.commit.slice(0, 8)})`,
    sources: [dataset, ...job.inputs.filter(({ role }) => role === 'join')].map(sourceOf),
  });
  await keepProfile(tx, { repository: repository.id, commit: commit.id, job: job.id, profile, rows });
  return { output, commit: commit.id };
}

async function keepProfile(tx: Queries, found: typeof profiles.$inferInsert): Promise<void> {
  await tx
    .insert(profiles)
    .values(found)
    .onConflictDoUpdate({ target: [profiles.repository, profiles.commit], set: found });
  // Versions that came meanwhile, with the same tables, wait for the same job.
  const { profile, rows, job } = found;
  await tx.update(profiles).set({ profile, rows }).where(eq(profiles.job, job));
}

/** A model version is whole: nothing of the version before stays in its tree. */
async function keepModel(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  result: ResultOf<'train'> & { oids: GitOids },
): Promise<Json> {
  if (job.order.kind !== 'train') throw new Error('a train job without a run');
  const { run: id } = job.order;
  const [run] = await tx.select().from(runs).where(eq(runs.id, id));
  if (!run) throw new Error(`job ${job.id} has no run`);
  const dataset = inputOf(job, 'dataset');
  const whole = await stepsOf(tx, job, result);
  const { commit } = await commitOutput(ctx, tx, job, {
    kind: 'model',
    path: run.spec.model,
    whole,
    message: `Run ${run.number}: ${run.name}`,
    run: id,
    sources: [sourceOf(dataset)],
  });
  const { evaluation, baseline, runtime, steps, parameters } = result;
  await tx.update(runs).set({ modelCommit: commit.id, evaluation, baseline, runtime }).where(eq(runs.id, id));
  return { model: run.spec.model, commit: commit.id, steps, parameters };
}

/** Adds the explanation to the version it explains: on `main` while that is the newest, beside it otherwise. */
async function keepExplanation(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  result: ResultOf<'explain'> & { oids: GitOids },
): Promise<Json> {
  const model = inputOf(job, 'model');
  // A duplicate has the versions of its original, under the same ids.
  const [explained] = await tx
    .select()
    .from(commits)
    .where(and(eq(commits.repository, model.repository), eq(commits.id, model.commit)));
  if (!explained) throw new HubError('NOT_FOUND', `"${model.path}" has no version ${model.commit}.`);
  const steps = await stepsOf(tx, job, result);
  const repository = await lockRepository(tx, model.repository);
  const head = await headOf(tx, repository.id, mainBranch);
  const branch = head?.id === explained.id ? mainBranch : `explained-${explained.id.slice(0, 8)}`;
  const commit = await writeCommit(tx, repository.id, {
    branch,
    parent: explained,
    changed: await changeTree(tx, explained, steps),
    message: `Explain ${explained.id.slice(0, 8)}`,
    author: job.createdBy,
    run: explained.run ?? undefined,
  });
  await recordCommit(ctx, tx, job, { repository, branch, commit });
  return { model: model.path, commit: commit.id };
}

interface Output {
  kind: RepositoryKind;
  path: string;
  /** All files of the version: nothing of the one before stays. */
  whole: Step[];
  message: string;
  run?: string;
  sources: { dataset: string; revision: string }[];
}

/** Commits to a repository, which is made when it does not exist, and remembers what it was derived from. */
async function commitOutput(ctx: Context, tx: Queries, job: JobRow, output: Output) {
  const found = await findRepository(tx, output.kind, output.path);
  const repository = found ? await lockRepository(tx, found.id) : await makeOutput(ctx, tx, job, output);
  const parent = await headOf(tx, repository.id, mainBranch);
  const commit = await writeCommit(tx, repository.id, {
    branch: mainBranch,
    parent,
    changed: await changeTree(tx, { repository: repository.id, root: emptyRoot }, output.whole),
    message: output.message,
    author: job.createdBy,
    run: output.run,
  });
  // Earlier versions stay listable, so their sources go on to count for consent.
  const others = repository.sources.filter(
    (one) =>
      !output.sources.some(({ dataset, revision }) => dataset === one.dataset && revision === one.revision),
  );
  await tx
    .update(repositories)
    .set({ sources: [...others, ...output.sources], updatedAt: new Date() })
    .where(eq(repositories.id, repository.id));
  await describeVersion(ctx, tx, repository, commit);
  await recordCommit(ctx, tx, job, { repository, branch: mainBranch, commit });
  return { repository, commit };
}

async function makeOutput(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  { kind, path }: Output,
): Promise<RepositoryRow> {
  const { namespace, name } = splitPath(path);
  const [row] = await tx
    .insert(repositories)
    .values({ kind, namespace, name, terms: { text: '', purposes: [] } })
    .returning();
  if (!row) throw new Error('insert returned no row');
  await recordAs(ctx, tx, job, {
    action: 'repository.create',
    namespace,
    subject: path,
    details: { kind, visibility: row.visibility, job: job.id },
  });
  return row;
}

const recordCommit = (
  ctx: Context,
  tx: Queries,
  job: JobRow,
  { repository, branch, commit }: { repository: RepositoryRow; branch: string; commit: CommitRow },
) =>
  recordAs(ctx, tx, job, {
    action: 'repository.commit',
    namespace: repository.namespace,
    subject: pathOf(repository),
    details: {
      kind: repository.kind,
      commit: commit.id,
      branch,
      message: commit.message,
      job: job.id,
    },
  });

/** What a job makes is the deed of whoever asked for it; the worker's site is named beside. */
async function recordAs(
  ctx: Context,
  tx: Queries,
  job: JobRow,
  deed: { action: string; namespace: string; subject: string; details: { [key: string]: Json } },
): Promise<void> {
  const site = ctx.actor?.kind === 'site' ? { site: ctx.actor.siteName } : {};
  const actor = { kind: 'person' as const, username: job.createdBy };
  await record(tx, { ...deed, actor, details: { ...deed.details, ...site } });
}

/** By path: what Git calls a file that is kept as a regular one. */
type GitOids = ReadonlyMap<string, string>;

/** Found before the job's row is locked: it reads the bytes. A version that a job makes has no `.gitattributes`. */
async function gitOidsOfRegular(ctx: Context, job: string, files: Uploaded): Promise<GitOids> {
  const hashes = [...new Set(files.map(({ sha256 }) => sha256))];
  const [sizes, mine] = [await sizesOf(ctx.db, hashes), await uploadedBy(ctx.db, job, hashes)];
  const regular = files.filter(({ path, sha256 }) => {
    const sizeBytes = sizes.get(sha256);
    return sizeBytes !== undefined && mine.has(sha256) && !isLargeFile(usualAttributes, path, sizeBytes);
  });
  const oids = await gitOidsOf(ctx, [...new Set(regular.map(({ sha256 }) => sha256))]);
  return new Map(
    regular.flatMap(({ path, sha256 }) => {
      const oid = oids.get(sha256);
      return oid === undefined ? [] : [[path, oid]];
    }),
  );
}

/** The handed-in files with their sizes. Throws BAD_INPUT for one that this job did not upload. */
async function stepsOf(
  tx: Queries,
  job: JobRow,
  { files, oids }: { files: Uploaded; oids: GitOids },
): Promise<Step[]> {
  const hashes = [...new Set(files.map((file) => file.sha256))];
  const [sizes, mine] = [await sizesOf(tx, hashes), await uploadedBy(tx, job.id, hashes)];
  return files.map(({ path, sha256 }) => {
    const sizeBytes = sizes.get(sha256);
    if (sizeBytes === undefined || !mine.has(sha256))
      throw new HubError('BAD_INPUT', `This job did not upload the bytes of "${path}".`, { field: 'files' });
    return { op: 'put', path, file: { sha256, sizeBytes, ...given('gitOid', oids.get(path)) } };
  });
}

const sourceOf = ({ path, commit }: InputRef) => ({ dataset: path, revision: commit });

function inputOf(job: JobRow, role: InputRef['role']): InputRef {
  const input = job.inputs.find((one) => one.role === role);
  if (!input) throw new Error(`job ${job.id} has no ${role}`);
  return input;
}

const inputsOf = (job: JobRow) =>
  Object.fromEntries(job.inputs.map(({ role, path, commit }) => [role, { path, commit }]));
