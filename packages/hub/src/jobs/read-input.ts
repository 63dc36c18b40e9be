import type { RepositoryKind } from '@banyan/contract';
import type { Context } from '../context.ts';
import { authorizeRepository } from '../policy.ts';
import { pathOf, splitPath } from '../repositories/store.ts';
import { type CommitRow, resolveRevision } from '../repositories/versions.ts';
import type { InputRef } from './table.ts';

/**
 * A version as a job's input. The asker must be able to see it; whether the project may compute on it, by its own
 * standing or a grant to it, is asked of consent when the job is queued.
 */
export async function readInput(
  ctx: Context,
  kind: RepositoryKind,
  path: string,
  revision: string,
  project: string,
): Promise<{ ref: InputRef; commit: CommitRow }> {
  const need = splitPath(path).namespace === project ? 'see' : 'read';
  const { repository } = await authorizeRepository(ctx, kind, path, need);
  const commit = await resolveRevision(ctx.db, repository, revision);
  return {
    ref: { role: kind, kind, repository: repository.id, path: pathOf(repository), commit: commit.id },
    commit,
  };
}
