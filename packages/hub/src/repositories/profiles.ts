import { HubError } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { given } from '../db/present.ts';
import { enqueue } from '../jobs/enqueue.ts';
import { jobs } from '../jobs/table.ts';
import { authorizeRepository, type RepositoryRow } from '../policy.ts';
import type { Changed } from './changing.ts';
import type { At } from './repositories.ts';
import { pathOf } from './store.ts';
import { allFiles } from './tree/listing.ts';
import { type CommitRow, resolveRevision } from './versions.ts';
import { profiles } from './versions-table.ts';

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
    if (same) await tx.insert(profiles).values({ ...same, commit: commit.id });
    return;
  }
  if (!tables.some(([, file]) => file) && !(await hasTable(tx, commit))) return;
  const path = pathOf(repository);
  const job = await enqueue(ctx, tx, {
    kind: 'prepare',
    namespace: repository.namespace,
    title: `Profile ${path}`,
    order: { kind: 'prepare', seed: 1 },
    inputs: [{ role: 'dataset', kind: 'dataset', repository: repository.id, path, commit: commit.id }],
    // A short job that a person looks at: before the long ones.
    priority: 10,
  });
  await tx.insert(profiles).values({ repository: repository.id, commit: commit.id, job: job.id });
}

/** Files whose rows can be profiled. */
const isTable = (path: string): boolean =>
  /\.(csv|tsv|json|jsonl|ndjson|parquet|txt|idx)(\.gz)?$|[-.]idx\d-ubyte(\.gz)?$/i.test(path);

async function hasTable(tx: Queries, commit: CommitRow): Promise<boolean> {
  for await (const { path } of allFiles(tx, commit)) if (isTable(path)) return true;
  return false;
}

const ofVersion = (repository: string, commit: string) =>
  and(eq(profiles.repository, repository), eq(profiles.commit, commit));

/** Column statistics and first rows of a version: as secret as its files. */
export async function readProfile(ctx: Context, at: At & { revision: string }) {
  if (at.kind !== 'dataset') throw new HubError('BAD_INPUT', 'Only datasets have a profile.');
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const [row] = await ctx.db
    .select({ profile: profiles, job: { id: jobs.id, state: jobs.state, error: jobs.error } })
    .from(profiles)
    .innerJoin(jobs, eq(jobs.id, profiles.job))
    .where(ofVersion(repository.id, commit.id));
  if (!row) return { state: 'none' as const, message: 'This version has no table that could be profiled.' };
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
