import { type Commit, HubError } from '@banyan/contract';
import type { Context } from '../context.ts';
import { authorizeRepository, signedIn } from '../policy.ts';
import { changeTree } from '../repositories/changing.ts';
import { mergeSteps, type Side } from '../repositories/merging.ts';
import { branchMoved } from '../repositories/moved.ts';
import { lockRepository, pathOf } from '../repositories/store.ts';
import { openPages } from '../repositories/tree/store.ts';
import { mainBranch, presentCommit, writeCommit } from '../repositories/versions.ts';
import type { AtDiscussion } from './discussions.ts';
import { conflict, sidesOf } from './merge.ts';
import { notePullCommit, refOf, requireOpenPull } from './pulls.ts';

/** Whose version of a file to take where both changed it: the branch's, or the pull request's. */
export type Keep = 'branch' | 'pull';

/**
 * Puts what a pull request changes on top of its branch as it is now, as one version whose parent is the branch's head:
 * so what is left to review is the difference, and merging moves the branch on. The versions before stay readable. The one
 * who opened it and contributors may. Throws CONFLICT with the files that both changed and nobody decided on.
 */
export async function updatePull(
  ctx: Context,
  at: AtDiscussion,
  { keep, files = {} }: { keep?: Keep | undefined; files?: Record<string, Keep> | undefined },
): Promise<Commit> {
  const access = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const { repository } = access;
  const me = signedIn(ctx, 'write');
  await requireOpenPull(ctx.db, access, me, at.number);
  const sideOf = (path: string): Side | undefined => {
    const kept = Object.hasOwn(files, path) ? files[path] : keep;
    return kept && (kept === 'branch' ? 'ours' : 'theirs');
  };
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const row = await requireOpenPull(tx, access, me, at.number);
    const { target, head, base } = await sidesOf(tx, repository, row);
    const from = row.branch ?? mainBranch;
    if (!target || !head || target.id === base?.id)
      throw new HubError('BAD_INPUT', `The pull request ${row.number} is up to date with "${from}".`, {
        field: 'number',
      });
    const { steps, conflicts } = await mergeSteps(
      openPages(tx, repository.id),
      { base: base?.root, ours: target.root, theirs: head.root },
      sideOf,
    );
    if (conflicts.length > 0) throw conflict(row, from, conflicts);
    const changed = await changeTree(tx, { repository: repository.id, root: target.root }, steps);
    const commit = await writeCommit(tx, repository.id, {
      branch: refOf(row.number),
      parent: target,
      changed,
      message: row.title,
      description: `On top of "${from}" at ${target.id.slice(0, 8)}; before: ${head.id.slice(0, 8)}.`,
      author: me.username,
      even: true,
    });
    await notePullCommit(tx, row, commit);
    const details = { pullRequest: row.number, onto: target.id };
    await branchMoved(ctx, tx, {
      repository,
      branch: refOf(row.number),
      commit,
      parent: target,
      changed,
      details,
    });
    return presentCommit(commit);
  });
}
