import { HubError } from '@banyan/contract';
import type { Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import type { RepositoryAccess } from '../policy.ts';
import type { CommitRow } from '../repositories/versions.ts';
import { addEvent, type DiscussionRow, findDiscussion, insertDiscussion } from './store.ts';

export const refOf = (number: number): string => `refs/pr/${number}`;

/** The number in `refs/pr/N`; undefined for a branch. */
export function pullNumber(branch: string): number | undefined {
  const [, number] = /^refs\/pr\/(\d+)$/.exec(branch) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** A pull request that this person may add to: its author, or a contributor. Throws NOT_FOUND, NOT_ALLOWED, BAD_INPUT. */
export async function requireOpenPull(
  db: Queries,
  access: RepositoryAccess,
  me: Person,
  number: number,
): Promise<DiscussionRow> {
  const pull = await findDiscussion(db, access.repository.id, number);
  if (pull.kind !== 'pull')
    throw new HubError('BAD_INPUT', `${number} is a discussion, not a pull request.`, { field: 'branch' });
  if (pull.author !== me.username && !access.write)
    throw new HubError('NOT_ALLOWED', 'Only its author and contributors may commit to a pull request.');
  if (pull.status === 'merged' || pull.status === 'closed')
    throw new HubError('BAD_INPUT', `The pull request ${number} is ${pull.status}.`, { field: 'branch' });
  return pull;
}

/** Opens a pull request for a commit that is about to be written. The caller holds the repository's row lock. */
export async function openPull(
  tx: Queries,
  pull: { repository: string; branch: string; title: string; markdown: string; author: string },
): Promise<DiscussionRow> {
  const { markdown, ...values } = pull;
  const row = await insertDiscussion(tx, { ...values, kind: 'pull', status: 'open' });
  if (markdown !== '') await addComment(tx, row, { author: pull.author, markdown });
  return row;
}

export const addComment = (
  tx: Queries,
  row: DiscussionRow,
  { author, markdown }: { author: string; markdown: string },
) => addEvent(tx, row, { author, content: { kind: 'comment', markdown, hidden: false } });

export const notePullCommit = (tx: Queries, row: DiscussionRow, { id, message, author }: CommitRow) =>
  addEvent(tx, row, { author, content: { kind: 'commit', commit: id, message } });
