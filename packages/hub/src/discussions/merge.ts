import { type Discussion, type DiscussionDetail, HubError } from '@banyan/contract';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { given } from '../db/present.ts';
import { authorizeRepository, type RepositoryAccess, type RepositoryRow, signedIn } from '../policy.ts';
import { type Changed, changeTree } from '../repositories/changing.ts';
import { commonAncestor, mergeSteps } from '../repositories/merging.ts';
import { branchMoved } from '../repositories/moved.ts';
import { lockRepository, pathOf } from '../repositories/store.ts';
import { changesBetween } from '../repositories/tree/changes.ts';
import { emptyRoot } from '../repositories/tree/page.ts';
import { openPages } from '../repositories/tree/store.ts';
import { type CommitRow, headOf, mainBranch, moveRef, writeCommit } from '../repositories/versions.ts';
import { type AtDiscussion, present, readEvents } from './discussions.ts';
import { addComment, refOf } from './pulls.ts';
import { addEvent, type DiscussionRow, findDiscussion, isDiscussion } from './store.ts';
import { discussions } from './table.ts';

/** Conflicts are told with so many files at most. */
const toldFiles = 100;

/** A discussion with all that happened; of a pull request also where it stands, to those who may read the files. */
export async function readDiscussion(ctx: Context, at: AtDiscussion): Promise<DiscussionDetail> {
  const access = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const row = await findDiscussion(ctx.db, access.repository.id, at.number);
  return {
    ...(await present(ctx.db, row)),
    events: await readEvents(ctx.db, row),
    ...(row.kind === 'pull' && (await standing(ctx.db, access, row))),
  };
}

async function standing(db: Queries, { repository, read }: RepositoryAccess, row: DiscussionRow) {
  const sides = await sidesOf(db, repository, row);
  const { head, base, target } = sides;
  const where = {
    ...given('head', head?.id),
    ...given('base', base?.id),
    ...given('branchHead', target?.id),
  };
  if (!read || !head || row.status === 'merged') return where;
  const conflicts = (await planOf(db, repository, sides)).conflicts.slice(0, toldFiles);
  return conflicts.length > 0 ? { ...where, conflicts } : where;
}

interface Sides {
  /** Of the branch that it is merged into. */
  target: CommitRow | undefined;
  /** Of the pull request. */
  head: CommitRow | undefined;
  base: { id: string; root: string } | undefined;
}

export async function sidesOf(db: Queries, repository: RepositoryRow, row: DiscussionRow): Promise<Sides> {
  const target = await headOf(db, repository.id, row.branch ?? mainBranch);
  const head = await headOf(db, repository.id, refOf(row.number));
  const base = target && head && (await commonAncestor(db, repository.id, [target.id, head.id]));
  return { target, head, base };
}

const planOf = (db: Queries, repository: RepositoryRow, { target, head, base }: Sides) =>
  mergeSteps(openPages(db, repository.id), {
    base: base?.root,
    ours: target?.root ?? emptyRoot,
    theirs: head?.root ?? emptyRoot,
  });

/**
 * Merges an open pull request into its branch: contributors may. A branch that stands where the pull request parted from
 * it moves on to its head; otherwise a version is made with the changes of both. Throws CONFLICT with the files that both
 * changed.
 */
export async function mergePull(
  ctx: Context,
  at: AtDiscussion,
  { markdown }: { markdown?: string | undefined } = {},
): Promise<Discussion> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  const { username } = signedIn(ctx, 'write');
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const row = await requireMergeable(tx, repository.id, at.number);
    const sides = await sidesOf(tx, repository, row);
    const { target, head } = sides;
    if (!head || head.id === target?.id)
      throw new HubError('BAD_INPUT', `The pull request ${row.number} has no commit yet.`, {
        field: 'number',
      });
    const { commit, changed } = await join(tx, repository, { row, sides, head, username });
    if (markdown !== undefined && markdown !== '') await addComment(tx, row, { author: username, markdown });
    await addEvent(tx, row, { author: username, content: { kind: 'merge', commit: commit.id } });
    const merged = { status: 'merged' as const, mergeCommit: commit.id, updatedAt: new Date() };
    await tx.update(discussions).set(merged).where(isDiscussion(row.repository, row.number));
    const branch = row.branch ?? mainBranch;
    const details = { pullRequest: row.number, by: row.author };
    await branchMoved(ctx, tx, { repository, branch, commit, parent: target, changed, details });
    return present(tx, { ...row, ...merged });
  });
}

async function requireMergeable(tx: Queries, repository: string, number: number): Promise<DiscussionRow> {
  const row = await findDiscussion(tx, repository, number);
  if (row.kind !== 'pull')
    throw new HubError('BAD_INPUT', `${number} is a discussion, not a pull request.`, { field: 'number' });
  if (row.status === 'open') return row;
  throw new HubError(
    'BAD_INPUT',
    `The pull request ${number} is ${row.status === 'draft' ? 'a draft' : row.status}.`,
    {
      field: 'number',
      ...(row.status === 'draft' && { hint: 'Open it for review first.' }),
    },
  );
}

async function join(
  tx: Queries,
  repository: RepositoryRow,
  { row, sides, head, username }: { row: DiscussionRow; sides: Sides; head: CommitRow; username: string },
): Promise<{ commit: CommitRow; changed: Changed }> {
  const { target, base } = sides;
  const branch = row.branch ?? mainBranch;
  if (base?.id === target?.id) {
    await moveRef(tx, repository.id, { name: branch, commit: head.id });
    const pages = openPages(tx, repository.id);
    const files = new Map();
    const changes = changesBetween(pages, { from: target?.root ?? emptyRoot, to: head.root });
    for await (const { path, after } of changes) files.set(path, after);
    return { commit: head, changed: { root: head.root, files } };
  }
  const { steps, conflicts } = await planOf(tx, repository, sides);
  if (conflicts.length > 0) throw conflict(row, branch, conflicts);
  const changed = await changeTree(tx, { repository: repository.id, root: target?.root ?? emptyRoot }, steps);
  const commit = await writeCommit(tx, repository.id, {
    branch,
    parent: target,
    changed,
    message: `${row.title} (#${row.number})`,
    author: username,
  });
  return { commit, changed };
}

/** Names the files that a pull request and its branch both changed. */
export function conflict(row: DiscussionRow, branch: string, files: string[]): HubError {
  const told = files.slice(0, toldFiles).join(', ');
  const more = files.length > toldFiles ? ` and ${files.length - toldFiles} more` : '';
  return new HubError(
    'CONFLICT',
    `The pull request ${row.number} and "${branch}" both changed ${told}${more}.`,
    {
      field: 'number',
      hint: 'Update the pull request, and say whose version of these files to keep.',
    },
  );
}
