import { HubError } from '@banyan/contract';
import type { Context } from '../../context.ts';
import type { RepositoryRow } from '../../policy.ts';
import { type CommitRow, mainBranch, resolveRevision, splitRevision } from '../../repositories/versions.ts';

/** A revision that is not there has its own name in their protocol, whatever our rule calls it. */
async function named<T>(find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof HubError && error.code === 'NOT_FOUND')
      throw new HubError('NOT_FOUND', error.message, { ...error.details, field: 'revision' });
    throw error;
  }
}

/** The commit that a branch, tag, `refs/pr/1`, id or `HEAD` means. Throws NOT_FOUND with the field `revision`. */
export const findRevision = (ctx: Context, repository: RepositoryRow, revision: string): Promise<CommitRow> =>
  named(() => resolveRevision(ctx.db, repository, revision === 'HEAD' ? mainBranch : revision));

/** The same, and undefined for the main branch of a repository that has no files yet. */
export async function findRevisionIfAny(
  ctx: Context,
  repository: RepositoryRow,
  revision: string,
): Promise<CommitRow | undefined> {
  try {
    return await findRevision(ctx, repository, revision);
  } catch (error) {
    const empty = revision === mainBranch || revision === 'HEAD';
    if (empty && error instanceof HubError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** `revision/path`, where both may have slashes: the longest name of a revision that fits, then the path. */
export const findRevisionAndPath = (ctx: Context, repository: RepositoryRow, text: string) =>
  named(() =>
    splitRevision(
      ctx.db,
      repository,
      text.startsWith('HEAD') ? text.replace(/^HEAD(?=\/|$)/, mainBranch) : text,
    ),
  );
