import { type Commit, HubError } from '@banyan/contract';
import type { Context } from '../context.ts';
import { authorizeRepository, signedIn } from '../policy.ts';
import { changeTree } from './changing.ts';
import { mergeSteps } from './merging.ts';
import { branchMoved } from './moved.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { emptyRoot } from './tree/page.ts';
import { openPages } from './tree/store.ts';
import { headOf, presentCommit, resolveRevision, writeCommit } from './versions.ts';

/** Files that a refusal names, at most. */
const toldFiles = 100;

/**
 * Undoes a commit by a new one: files get back what they were before it, and what came after it stays. Throws CONFLICT
 * with the files of the commit that were changed again since; BAD_INPUT when nothing of it is left to undo.
 */
export async function revertCommit(
  ctx: Context,
  at: At & { branch: string; commit: string; message?: string | undefined },
): Promise<Commit> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  const { username } = signedIn(ctx, 'write');
  const { branch } = at;
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const undone = await resolveRevision(tx, repository, at.commit);
    const head = await headOf(tx, repository.id, branch);
    if (!head)
      throw new HubError('NOT_FOUND', `"${pathOf(repository)}" has no branch "${branch}".`, {
        field: 'branch',
      });
    const before =
      undone.parent === null ? emptyRoot : (await resolveRevision(tx, repository, undone.parent)).root;
    const { steps, conflicts } = await mergeSteps(openPages(tx, repository.id), {
      base: undone.root,
      ours: head.root,
      theirs: before,
    });
    if (conflicts.length > 0)
      throw new HubError(
        'CONFLICT',
        `Changed again since ${undone.id.slice(0, 8)}: ${conflicts.slice(0, toldFiles).join(', ')}.`,
        { field: 'commit', hint: 'Undo the later changes first, or commit what these files are to be.' },
      );
    if (steps.length === 0)
      throw new HubError('BAD_INPUT', `Nothing of ${undone.id.slice(0, 8)} is left to undo.`, {
        field: 'commit',
      });
    const changed = await changeTree(tx, head, steps);
    const [subject = ''] = undone.message.split('\n');
    const commit = await writeCommit(tx, repository.id, {
      branch,
      parent: head,
      changed,
      message: at.message ?? `Revert "${subject}"`,
      description: at.message === undefined ? `This undoes ${undone.id}.` : undefined,
      author: username,
    });
    const details = { reverts: undone.id };
    await branchMoved(ctx, tx, { repository, branch, commit, parent: head, changed, details });
    return presentCommit(commit);
  });
}
