import { type Commit, HubError } from '@banyan/contract';
import { and, eq, inArray } from 'drizzle-orm';
import { sizesOf, uploadedBy } from '../blobs/blobs.ts';
import type { Context, Person } from '../context.ts';
import { record } from '../ledger/record.ts';
import {
  authorizeRepository,
  type RepositoryRow,
  repositoryAccess,
  signedIn,
  visibleRepositories,
} from '../policy.ts';
import { queueProfile } from './profiles.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { repositories } from './table.ts';
import { type Change, changeTree } from './tree.ts';
import { headOf, mainBranch, presentCommit, writeCommit } from './versions.ts';
import { repositoryBlobs } from './versions-table.ts';

export type Operation = { op: 'add'; path: string; sha256: string } | { op: 'delete'; path: string };

/**
 * Adds and deletes files in one commit. Two writers are put in order by the repository's row lock: the second, when it
 * named the head it built on, gets CONFLICT. A dataset whose tables changed is profiled by a job.
 */
export async function commitFiles(
  ctx: Context,
  at: At,
  input: { branch: string; parent?: string | undefined; message: string; operations: Operation[] },
): Promise<Commit> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  const me = signedIn(ctx, 'write');
  const changes = await sizeOperations(ctx, me, repository, input.operations);
  const row = await ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const parent = await headOf(tx, repository.id, input.branch);
    if (input.parent !== undefined && input.parent !== parent?.id)
      throw new HubError(
        'CONFLICT',
        `The branch "${input.branch}" is at ${parent?.id.slice(0, 8) ?? 'no commit'} now, not at ${input.parent.slice(0, 8)}.`,
        { field: 'parent', hint: 'Read its files again, then commit on top of them.' },
      );
    const base =
      parent ?? (input.branch === mainBranch ? undefined : await headOf(tx, repository.id, mainBranch));
    const tree = changeTree(base?.tree ?? {}, changes);
    const commit = await writeCommit(tx, repository.id, {
      branch: input.branch,
      parent: base,
      tree,
      message: input.message,
      author: me.username,
    });
    if (commit === base) return commit;
    await tx.update(repositories).set({ updatedAt: new Date() }).where(eq(repositories.id, repository.id));
    if (repository.kind === 'dataset') await queueProfile(ctx, tx, repository, commit, base);
    await record(tx, {
      actor: me,
      action: 'repository.commit',
      namespace: at.namespace,
      subject: pathOf(at),
      details: { kind: at.kind, commit: commit.id, branch: input.branch, message: input.message },
    });
    return commit;
  });
  return presentCommit(row);
}

/** Finds the size of every added blob. Throws BAD_INPUT for one that is not here, or that is not mine to use. */
async function sizeOperations(
  ctx: Context,
  me: Person,
  repository: RepositoryRow,
  operations: Operation[],
): Promise<Change[]> {
  const hashes = [
    ...new Set(operations.flatMap((operation) => (operation.op === 'add' ? [operation.sha256] : []))),
  ];
  const sizes = await sizesOf(ctx.db, hashes);
  const mine = await usable(ctx, me, repository, hashes);
  return operations.map((operation) => {
    if (operation.op === 'delete') return operation;
    const sizeBytes = sizes.get(operation.sha256);
    if (sizeBytes === undefined || !mine.has(operation.sha256))
      throw new HubError(
        'BAD_INPUT',
        `The bytes of "${operation.path}" (sha256 ${operation.sha256.slice(0, 12)}...) are not on this hub.`,
        { field: 'operations', hint: 'Upload them first: POST /api/blobs.' },
      );
    return { ...operation, sizeBytes };
  });
}

/** Of some blobs, those that I uploaded or may read in a repository: to know a hash is not to have the bytes. */
async function usable(
  ctx: Context,
  me: Person,
  target: RepositoryRow,
  hashes: string[],
): Promise<Set<string>> {
  const mine = await uploadedBy(ctx.db, me.id, hashes);
  const others = hashes.filter((hash) => !mine.has(hash));
  if (others.length === 0) return mine;
  const holders = await ctx.db
    .select({ repository: repositories, sha256: repositoryBlobs.sha256 })
    .from(repositoryBlobs)
    .innerJoin(repositories, eq(repositories.id, repositoryBlobs.repository))
    .where(and(inArray(repositoryBlobs.sha256, others), visibleRepositories(me)));
  // The target first: most often a file is kept or moved.
  holders.sort((a, b) => Number(b.repository.id === target.id) - Number(a.repository.id === target.id));
  const readable = new Map<string, boolean>();
  for (const { repository, sha256 } of holders) {
    if (mine.has(sha256)) continue;
    if (!readable.has(repository.id))
      readable.set(repository.id, (await repositoryAccess(ctx.db, me, repository)).read);
    if (readable.get(repository.id)) mine.add(sha256);
  }
  return mine;
}
