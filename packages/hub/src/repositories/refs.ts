import { HubError, type RefKind } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { authorizeRepository, type RepositoryRow } from '../policy.ts';
import { describeVersion } from './card/describe.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { emptyRoot } from './tree/page.ts';
import { type CommitRow, mainBranch, moveRef, resolveRevision, writeCommit } from './versions.ts';
import { refs } from './versions-table.ts';

/** All names of versions. */
export async function readRefs(ctx: Context, at: At) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  return refsOf(ctx.db, repository.id);
}

export const refsOf = (db: Queries, repository: string) =>
  db
    .select({ kind: refs.kind, name: refs.name, commit: refs.commit })
    .from(refs)
    .where(eq(refs.repository, repository))
    .orderBy(refs.kind, refs.name);

/** Makes a branch at a version, or an empty one. Throws ALREADY_EXISTS, unless it is to be moved. */
export async function createBranch(
  ctx: Context,
  at: At & { branch: string; revision: string; empty: boolean; overwrite: boolean },
): Promise<{ commit: string }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  const { branch, empty, overwrite } = at;
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const found = await findRef(tx, repository.id, branch);
    if (found && (found.kind !== 'branch' || !overwrite)) throw taken(repository, branch);
    if (empty) {
      const commit = await writeCommit(tx, repository.id, {
        branch,
        parent: undefined,
        changed: { root: emptyRoot, files: new Map() },
        message: `Start ${branch}`,
        author: ctx.actor?.kind === 'person' ? ctx.actor.username : '',
      });
      return branchMade(ctx, tx, repository, { branch, commit });
    }
    const commit = await resolveRevision(tx, repository, at.revision);
    await moveRef(tx, repository.id, { name: branch, commit: commit.id });
    return branchMade(ctx, tx, repository, { branch, commit });
  });
}

async function branchMade(
  ctx: Context,
  tx: Queries,
  repository: RepositoryRow,
  { branch, commit }: { branch: string; commit: CommitRow },
): Promise<{ commit: string }> {
  if (branch === mainBranch) await describeVersion(ctx, tx, repository, commit);
  await recordRef(ctx, tx, repository, { action: 'repository.branch', name: branch, commit: commit.id });
  return { commit: commit.id };
}

/** Deletes a branch, but not `main`; its commits stay readable. Throws NOT_FOUND, BAD_INPUT. */
export async function removeBranch(ctx: Context, at: At & { branch: string }): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  if (at.branch === mainBranch)
    throw new HubError('BAD_INPUT', 'The branch "main" cannot be deleted.', { field: 'branch' });
  await removeRef(ctx, repository, { kind: 'branch', name: at.branch });
}

/** Names a version for good: a tag is never moved. Throws ALREADY_EXISTS. */
export async function tagVersion(ctx: Context, at: At & { revision: string; tag: string }): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  await ctx.db.transaction(async (tx) => {
    // A squash must not take the version away meanwhile.
    await lockRepository(tx, repository.id);
    const commit = await resolveRevision(tx, repository, at.revision);
    const [row] = await tx
      .insert(refs)
      .values({ repository: repository.id, kind: 'tag', name: at.tag, commit: commit.id })
      .onConflictDoNothing()
      .returning();
    if (!row) throw taken(repository, at.tag);
    await recordRef(ctx, tx, repository, { action: 'repository.tag', name: at.tag, commit: commit.id });
  });
}

/** Deletes a tag: by maintainers, for others rely on its name. Throws NOT_FOUND. */
export async function removeTag(ctx: Context, at: At & { tag: string }): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'administer');
  await removeRef(ctx, repository, { kind: 'tag', name: at.tag });
}

async function removeRef(
  ctx: Context,
  repository: RepositoryRow,
  { kind, name }: { kind: RefKind; name: string },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(refs)
      .where(and(eq(refs.repository, repository.id), eq(refs.kind, kind), eq(refs.name, name)))
      .returning();
    if (!gone)
      throw new HubError('NOT_FOUND', `"${pathOf(repository)}" has no ${kind} "${name}".`, { field: kind });
    await recordRef(ctx, tx, repository, { action: `repository.${kind}-delete`, name, commit: gone.commit });
  });
}

async function findRef(db: Queries, repository: string, name: string) {
  const [row] = await db
    .select()
    .from(refs)
    .where(and(eq(refs.repository, repository), eq(refs.name, name)));
  return row;
}

const recordRef = (
  ctx: Context,
  tx: Queries,
  repository: RepositoryRow,
  { action, ...details }: { action: string; name: string; commit: string },
) =>
  record(tx, {
    actor: ctx.actor,
    action,
    namespace: repository.namespace,
    subject: pathOf(repository),
    details: { kind: repository.kind, ...details },
  });

const taken = (repository: RepositoryRow, name: string): HubError =>
  new HubError('ALREADY_EXISTS', `"${pathOf(repository)}" has a branch or tag "${name}" already.`, {
    field: 'name',
  });
