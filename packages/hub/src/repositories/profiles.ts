import { text } from 'node:stream/consumers';
import { HubError, type Job, type Json } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { readBlob } from '../blobs/read.ts';
import type { Context } from '../context.ts';
import { copyConversion } from '../data/keep-conversion.ts';
import type { Queries } from '../db/connection.ts';
import { given } from '../db/present.ts';
import { enqueue } from '../jobs/enqueue.ts';
import { jobs } from '../jobs/table.ts';
import {
  type Authorized,
  authorizeRepository,
  type RepositoryAccess,
  type RepositoryRow,
} from '../policy.ts';
import { parseCard } from './card/front-matter.ts';
import type { Changed } from './changing.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { allFiles, findTreeFile } from './tree/listing.ts';
import type { TreeFile } from './tree/page.ts';
import { type CommitRow, headOf, mainBranch, resolveRevision } from './versions.ts';
import { profiles } from './versions-table.ts';

/** Larger cards are files, not descriptions. */
const largestCardBytes = 1 << 20;

/** Asks a worker to profile a new version; one whose tables are its parent's keeps the parent's profile. */
export async function queueProfile(
  ctx: Context,
  tx: Queries,
  made: { repository: RepositoryRow; commit: CommitRow; parent: CommitRow | undefined; changed: Changed },
): Promise<void> {
  const { repository, commit, parent, changed } = made;
  const tables = [...changed.files].filter(([path]) => isTable(path));
  if (tables.length === 0) {
    const [same] = parent ? await tx.select().from(profiles).where(ofVersion(repository.id, parent.id)) : [];
    if (!parent || !same) return;
    if (await sameSplits(ctx, tx, parent, commit, changed)) {
      await tx.insert(profiles).values({ ...same, commit: commit.id });
      await copyConversion(tx, { repository: repository.id, commit: parent.id }, commit.id);
      return;
    }
    await queue(ctx, tx, repository, commit);
    return;
  }
  if (!tables.some(([, file]) => file) && !(await hasTable(tx, commit))) return;
  await queue(ctx, tx, repository, commit);
}

/** Asks a worker to profile the newest version of a dataset, whatever led to it. */
export async function profileHead(ctx: Context, tx: Queries, repository: RepositoryRow): Promise<void> {
  const commit = await headOf(tx, repository.id, mainBranch);
  if (repository.kind !== 'dataset' || !commit) return;
  const files = new Map<string, TreeFile>();
  for await (const { path, ...file } of allFiles(tx, commit)) files.set(path, file);
  await queueProfile(ctx, tx, {
    repository,
    commit,
    parent: undefined,
    changed: { root: commit.root, files },
  });
}

async function queue(
  ctx: Context,
  tx: Queries,
  repository: RepositoryRow,
  commit: CommitRow,
  reading = false,
): Promise<string> {
  const path = pathOf(repository);
  const job = await enqueue(ctx, tx, {
    kind: 'prepare',
    namespace: repository.namespace,
    title: `Profile ${path}`,
    order: { kind: 'prepare', seed: 1 },
    inputs: [{ role: 'dataset', kind: 'dataset', repository: repository.id, path, commit: commit.id }],
    // A short job that a person looks at: before the long ones.
    priority: 10,
    reading,
  });
  await tx
    .insert(profiles)
    .values({ repository: repository.id, commit: commit.id, job: job.id })
    .onConflictDoUpdate({ target: [profiles.repository, profiles.commit], set: { job: job.id } });
  return job.id;
}

/** Whether a card divides the files into splits as its parent's did; one that did not change does. */
async function sameSplits(
  ctx: Context,
  tx: Queries,
  parent: CommitRow,
  commit: CommitRow,
  changed: Changed,
): Promise<boolean> {
  if (!changed.files.has('README.md')) return true;
  const [before, now] = [await readConfigs(ctx, tx, parent), await readConfigs(ctx, tx, commit)];
  return JSON.stringify(before) === JSON.stringify(now);
}

async function readConfigs(ctx: Context, tx: Queries, commit: CommitRow): Promise<Json | undefined> {
  const card = await findTreeFile(tx, commit, 'README.md');
  if (!card || card.sizeBytes > largestCardBytes) return undefined;
  return parseCard(await text(await readBlob({ db: tx, blobs: ctx.blobs }, card.sha256))).data['configs'];
}

/** The job that profiles and converts a version, and how it goes. */
export async function profileJob(
  db: Queries,
  repository: string,
  commit: string,
): Promise<{ id: string; state: Job['state']; message: string } | undefined> {
  const [row] = await db
    .select({ id: jobs.id, state: jobs.state, error: jobs.error })
    .from(profiles)
    .innerJoin(jobs, eq(jobs.id, profiles.job))
    .where(ofVersion(repository, commit));
  return row && { id: row.id, state: row.state, message: row.error?.message ?? 'The profile was stopped.' };
}

/** Has a version profiled that never was, or not as it would be today; undefined when it has no table. */
export async function orderProfile(
  ctx: Context,
  repository: Authorized<RepositoryAccess>['repository'],
  commit: CommitRow,
): Promise<string | undefined> {
  return ctx.db.transaction(async (tx) => {
    if (!(await hasTable(tx, commit))) return undefined;
    await lockRepository(tx, repository.id);
    const known = await profileJob(tx, repository.id, commit.id);
    if (known?.state === 'queued' || known?.state === 'running') return known.id;
    return queue(ctx, tx, repository, commit, true);
  });
}

/** Files whose rows can be profiled. */
const isTable = (path: string): boolean =>
  /\.(csv|tsv|json|jsonl|ndjson|parquet|txt|idx)(\.gz)?$|\.(png|jpe?g|gif|webp)$|[-.]idx\d-ubyte(\.gz)?$/i.test(
    path,
  );

async function hasTable(tx: Queries, commit: CommitRow): Promise<boolean> {
  for await (const { path } of allFiles(tx, commit)) if (isTable(path)) return true;
  return false;
}

const ofVersion = (repository: string, commit: string) =>
  and(eq(profiles.repository, repository), eq(profiles.commit, commit));

/**
 * Column statistics and first rows of a version: as secret as its files. A version that has a table and was never profiled
 * is when somebody first asks.
 */
export async function readProfile(ctx: Context, at: At & { revision: string }) {
  if (at.kind !== 'dataset') throw new HubError('BAD_INPUT', 'Only datasets have a profile.');
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const [row] = await ctx.db
    .select({ profile: profiles, job: { id: jobs.id, state: jobs.state, error: jobs.error } })
    .from(profiles)
    .innerJoin(jobs, eq(jobs.id, profiles.job))
    .where(ofVersion(repository.id, commit.id));
  if (!row) {
    const ordered = await orderProfile(ctx, repository, commit);
    return ordered === undefined
      ? { state: 'none' as const, message: 'This version has no table that could be profiled.' }
      : { state: 'pending' as const, job: ordered };
  }
  const job = row.job.id;
  if (row.profile.profile !== null)
    return {
      state: 'ready' as const,
      job,
      profile: row.profile.profile,
      ...given('rows', row.profile.rows),
    };
  if (row.job.state === 'queued' || row.job.state === 'running') return { state: 'pending' as const, job };
  return { state: 'failed' as const, job, message: row.job.error?.message ?? 'The profile was stopped.' };
}
