import { type Commit, HubError, type Operation } from '@banyan/contract';
import type { Context, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { notePullCommit, openPull, pullNumber, refOf, requireOpenPull } from '../discussions/pulls.ts';
import type { DiscussionRow } from '../discussions/store.ts';
import { authorizeRepository, type RepositoryAccess, signedIn } from '../policy.ts';
import { changeTree } from './changing.ts';
import { branchMoved } from './moved.ts';
import { collect, toSteps } from './operations.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { emptyRoot } from './tree/page.ts';
import {
  type CommitRow,
  headOf,
  mainBranch,
  presentCommit,
  resolveRevision,
  writeCommit,
} from './versions.ts';

export interface NewVersion {
  /** A branch, or `refs/pr/N`: the pull request N. */
  branch: string;
  /** The head it is built on; a different one is refused with CONFLICT. Absent: whatever it is now. */
  parent?: string | undefined;
  message: string;
  description?: string | undefined;
  operations: Iterable<Operation> | AsyncIterable<Operation>;
  /** Leaves the branch as it is, and opens a pull request with this commit. `parent` may then be any version. */
  pullRequest?: boolean | undefined;
}

/**
 * Takes operations, in order, in one commit. Two writers are put in order by the repository's row lock: the second, when
 * it named the head it built on, gets CONFLICT; when it did not, its commit comes on top. A branch that is not there yet
 * starts from `main`. Contributors commit to branches; whoever may read the files may open a pull request.
 */
export async function commitFiles(
  ctx: Context,
  at: At,
  input: NewVersion,
): Promise<Commit & { pullRequest?: number }> {
  const number = pullNumber(input.branch);
  const asPull = input.pullRequest === true || number !== undefined;
  const access = await authorizeRepository(ctx, at.kind, pathOf(at), asPull ? 'read' : 'write');
  const { repository } = access;
  const me = signedIn(ctx, 'write');
  if (number !== undefined) await requireOpenPull(ctx.db, access, me, number);
  const operations = await collect(input.operations);
  const base = await parentOf(ctx.db, access, input, 'about');
  const steps = await toSteps(ctx, me, { repository, base, operations });
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const parent = await parentOf(tx, access, input, 'exactly');
    const from = { repository: repository.id, root: parent?.root ?? emptyRoot };
    const changed = await changeTree(tx, from, steps);
    if (parent?.root === changed.root && input.pullRequest !== true) return presentCommit(parent);
    const pull = await pullOf(tx, access, me, input);
    const branch = pull ? refOf(pull.number) : input.branch;
    const { message, description } = input;
    const author = me.username;
    const commit = await writeCommit(tx, repository.id, {
      branch,
      parent,
      changed,
      message,
      description,
      author,
    });
    if (pull) await notePullCommit(tx, pull, commit);
    await branchMoved(ctx, tx, { repository, branch, commit, parent, changed });
    return {
      ...presentCommit(commit),
      ...(input.pullRequest === true && pull && { pullRequest: pull.number }),
    };
  });
}

/** The version to build on. `exactly`: the named parent must be the head (the caller holds the lock). Throws CONFLICT. */
async function parentOf(
  db: Queries,
  { repository }: RepositoryAccess,
  { branch, parent, pullRequest }: NewVersion,
  how: 'about' | 'exactly',
): Promise<CommitRow | undefined> {
  if (pullRequest === true && parent !== undefined) return resolveRevision(db, repository, parent);
  const head = await headOf(db, repository.id, branch);
  if (how === 'exactly' && parent !== undefined && parent !== head?.id) throw outdated(branch, head, parent);
  return head ?? (branch === mainBranch ? undefined : headOf(db, repository.id, mainBranch));
}

/** The pull request that the commit is for: a new one, or the one that the branch names. */
async function pullOf(
  tx: Queries,
  access: RepositoryAccess,
  me: Person,
  { branch, message, description = '', pullRequest }: NewVersion,
): Promise<DiscussionRow | undefined> {
  const number = pullNumber(branch);
  if (number !== undefined) {
    if (pullRequest === true)
      throw new HubError('BAD_INPUT', 'A pull request is merged into a branch, not into another one.', {
        field: 'branch',
      });
    return requireOpenPull(tx, access, me, number);
  }
  if (pullRequest !== true) return undefined;
  const title = message.slice(0, 200);
  const repository = access.repository.id;
  return openPull(tx, { repository, branch, title, markdown: description, author: me.username });
}

const outdated = (branch: string, head: CommitRow | undefined, parent: string): HubError =>
  new HubError(
    'CONFLICT',
    `The branch "${branch}" is at ${head?.id.slice(0, 8) ?? 'no commit'} now, not at ${parent.slice(0, 8)}.`,
    { field: 'parent', hint: 'Read its files again, then commit on top of them.' },
  );
