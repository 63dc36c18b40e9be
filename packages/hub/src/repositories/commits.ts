import { type Commit, HubError, type Operation } from '@banyan/contract';
import type { Context } from '../context.ts';
import { authorizeRepository, signedIn } from '../policy.ts';
import { changeTree } from './changing.ts';
import { branchMoved } from './moved.ts';
import { collect, toSteps } from './operations.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { emptyRoot } from './tree/page.ts';
import { type CommitRow, headOf, mainBranch, presentCommit, writeCommit } from './versions.ts';

export interface NewVersion {
  branch: string;
  /** The head it is built on; a different one is refused with CONFLICT. Absent: whatever it is now. */
  parent?: string | undefined;
  message: string;
  description?: string | undefined;
  operations: Iterable<Operation> | AsyncIterable<Operation>;
}

/**
 * Takes operations, in order, in one commit. Two writers are put in order by the repository's row lock: the second, when
 * it named the head it built on, gets CONFLICT; when it did not, its commit comes on top. A branch that is not there yet
 * starts from `main`. A dataset whose tables changed is profiled by a job.
 */
export async function commitFiles(ctx: Context, at: At, input: NewVersion): Promise<Commit> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  const me = signedIn(ctx, 'write');
  const { branch, message, description } = input;
  const base =
    (await headOf(ctx.db, repository.id, branch)) ?? (await headOf(ctx.db, repository.id, mainBranch));
  const operations = await collect(input.operations);
  const steps = await toSteps(ctx, me, { repository, base, operations });
  const row = await ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const head = await headOf(tx, repository.id, branch);
    if (input.parent !== undefined && input.parent !== head?.id) throw outdated(branch, head, input.parent);
    const parent = head ?? (branch === mainBranch ? undefined : await headOf(tx, repository.id, mainBranch));
    const from = { repository: repository.id, root: parent?.root ?? emptyRoot };
    const changed = await changeTree(tx, from, steps);
    const commit = await writeCommit(tx, repository.id, {
      branch,
      parent,
      changed,
      message,
      description,
      author: me.username,
    });
    if (commit === parent) return commit;
    await branchMoved(ctx, tx, { repository, branch, commit, parent, changed });
    return commit;
  });
  return presentCommit(row);
}

export const outdated = (branch: string, head: CommitRow | undefined, parent: string): HubError =>
  new HubError(
    'CONFLICT',
    `The branch "${branch}" is at ${head?.id.slice(0, 8) ?? 'no commit'} now, not at ${parent.slice(0, 8)}.`,
    { field: 'parent', hint: 'Read its files again, then commit on top of them.' },
  );
