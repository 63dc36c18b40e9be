import { type Discussion, type DiscussionEvent, HubError } from '@banyan/contract';
import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { numberCursor } from '../db/page.ts';
import { iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { authorizeRepository, type RepositoryAccess, signedIn } from '../policy.ts';
import type { At } from '../repositories/repositories.ts';
import { lockRepository, pathOf } from '../repositories/store.ts';
import { headOf, moveRef } from '../repositories/versions.ts';
import { addComment, refOf } from './pulls.ts';
import {
  addEvent,
  commentCount,
  type DiscussionRow,
  findDiscussion,
  insertDiscussion,
  isDiscussion,
  presentDiscussion,
  presentEvent,
} from './store.ts';
import { discussionEvents, discussions, type EventContent } from './table.ts';

export type AtDiscussion = At & { number: number };

/** Newest first. `cursor`: how many to pass over. `count`: how many there are in all. */
export async function listDiscussions(
  ctx: Context,
  at: At,
  query: {
    limit: number;
    cursor?: string | undefined;
    type?: Discussion['kind'] | undefined;
    status?: Discussion['status'] | readonly Discussion['status'][] | undefined;
    author?: string | undefined;
  },
): Promise<{ items: Discussion[]; count: number; nextCursor?: string }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const { limit, type, status, author } = query;
  const offset = Math.max(0, numberCursor(query.cursor) ?? 0);
  const wanted = and(
    eq(discussions.repository, repository.id),
    type && eq(discussions.kind, type),
    status && inArray(discussions.status, [status].flat()),
    author === undefined ? undefined : eq(discussions.author, author),
  );
  const rows = await ctx.db
    .select({ row: discussions, comments: commentCount })
    .from(discussions)
    .where(wanted)
    .orderBy(desc(discussions.number))
    .limit(limit)
    .offset(offset);
  const count = await ctx.db.$count(discussions, wanted);
  const next = offset + rows.length;
  return {
    items: rows.map(({ row, comments }) => presentDiscussion(row, comments)),
    count,
    ...(next < count && { nextCursor: String(next) }),
  };
}

/** All that happened, oldest first: at most so many events. */
const mostEvents = 10_000;

export async function readEvents(
  db: Queries,
  { repository, number }: DiscussionRow,
): Promise<DiscussionEvent[]> {
  const rows = await db
    .select()
    .from(discussionEvents)
    .where(and(eq(discussionEvents.repository, repository), eq(discussionEvents.number, number)))
    .orderBy(asc(discussionEvents.id))
    .limit(mostEvents);
  return rows.map(presentEvent);
}

/**
 * Opens a discussion: whoever sees the repository may. A pull request, which readers of the files may open, starts as a
 * draft whose head is that of its branch; commits to `refs/pr/N` fill it.
 */
export async function openDiscussion(
  ctx: Context,
  at: At,
  input: { title: string; markdown: string; pullRequest: boolean; branch: string },
): Promise<Discussion> {
  const { title, markdown, pullRequest, branch } = input;
  const need = pullRequest ? 'read' : 'see';
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), need);
  const me = signedIn(ctx, 'write');
  const row = await ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const head = pullRequest ? await headOf(tx, repository.id, branch) : undefined;
    if (pullRequest && !head)
      throw new HubError('NOT_FOUND', `"${pathOf(repository)}" has no branch "${branch}".`, {
        field: 'branch',
      });
    const opened = await insertDiscussion(tx, {
      repository: repository.id,
      kind: pullRequest ? 'pull' : 'discussion',
      title,
      status: pullRequest ? 'draft' : 'open',
      author: me.username,
      branch: pullRequest ? branch : null,
    });
    if (head) await moveRef(tx, repository.id, { name: refOf(opened.number), commit: head.id });
    if (markdown !== '') await addComment(tx, opened, { author: me.username, markdown });
    await record(tx, {
      actor: me,
      action: 'discussion.open',
      namespace: repository.namespace,
      subject: pathOf(repository),
      details: { kind: repository.kind, number: opened.number, pullRequest },
    });
    return opened;
  });
  return presentDiscussion(row, markdown === '' ? 0 : 1);
}

/** Says something: whoever sees the repository may. */
export async function comment(ctx: Context, at: AtDiscussion, markdown: string): Promise<DiscussionEvent> {
  const { me, row } = await authorize(ctx, at);
  return presentEvent(await addComment(ctx.db, row, { author: me.username, markdown }));
}

/** Changes a comment: its author may. */
export async function editComment(
  ctx: Context,
  at: AtDiscussion,
  { comment: id, markdown }: { comment: string; markdown: string },
): Promise<DiscussionEvent> {
  const { me, row } = await authorize(ctx, at);
  return ctx.db.transaction(async (tx) => {
    const { author, content } = await lockComment(tx, row, id);
    if (author !== me.username) throw new HubError('NOT_ALLOWED', 'Only its author may change a comment.');
    if (content.hidden) throw new HubError('GONE', 'This comment was hidden.');
    return rewrite(tx, id, { ...content, markdown, editedAt: iso(new Date()) });
  });
}

/** Takes the words of a comment away, for good: its author and contributors may. */
export async function hideComment(ctx: Context, at: AtDiscussion, id: string): Promise<DiscussionEvent> {
  const { me, row, access } = await authorize(ctx, at);
  return ctx.db.transaction(async (tx) => {
    const { author, content } = await lockComment(tx, row, id);
    if (author !== me.username && !access.write)
      throw new HubError('NOT_ALLOWED', 'Only its author and contributors may hide a comment.');
    return rewrite(tx, id, { ...content, markdown: '', hidden: true });
  });
}

/** Gives another title: the one who opened it and contributors may. */
export async function retitle(ctx: Context, at: AtDiscussion, title: string): Promise<DiscussionEvent> {
  const { me, row } = await authorizeChange(ctx, at);
  return ctx.db.transaction(async (tx) => {
    await tx.update(discussions).set({ title }).where(isDiscussion(row.repository, row.number));
    const content = { kind: 'title' as const, from: row.title, to: title };
    return presentEvent(await addEvent(tx, row, { author: me.username, content }));
  });
}

/** Opens or closes: the one who opened it and contributors may. What is merged stays so. */
export async function setStatus(
  ctx: Context,
  at: AtDiscussion,
  { status, markdown }: { status: 'open' | 'closed'; markdown?: string | undefined },
): Promise<DiscussionEvent> {
  const { me, access } = await authorizeChange(ctx, at);
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, access.repository.id);
    const row = await findDiscussion(tx, access.repository.id, at.number);
    if (row.status === 'merged')
      throw new HubError('BAD_INPUT', `The pull request ${at.number} is merged.`, { field: 'status' });
    if (markdown !== undefined && markdown !== '')
      await addComment(tx, row, { author: me.username, markdown });
    await tx.update(discussions).set({ status }).where(isDiscussion(row.repository, row.number));
    return presentEvent(
      await addEvent(tx, row, { author: me.username, content: { kind: 'status', status } }),
    );
  });
}

async function authorize(ctx: Context, at: AtDiscussion) {
  const access = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const me = signedIn(ctx, 'write');
  return { me, access, row: await findDiscussion(ctx.db, access.repository.id, at.number) };
}

async function authorizeChange(
  ctx: Context,
  at: AtDiscussion,
): Promise<{ me: Person; access: RepositoryAccess; row: DiscussionRow }> {
  const found = await authorize(ctx, at);
  if (found.row.author !== found.me.username && !found.access.write)
    throw new HubError('NOT_ALLOWED', 'Only the one who opened it and contributors may change this.');
  return found;
}

/** Locked: who hides it and who changes it at the same time go one after the other. Throws NOT_FOUND. */
async function lockComment(tx: Queries, { repository, number }: DiscussionRow, id: string) {
  const [row] = await tx
    .select()
    .from(discussionEvents)
    .where(
      and(
        eq(discussionEvents.id, id),
        eq(discussionEvents.repository, repository),
        eq(discussionEvents.number, number),
      ),
    )
    .for('update');
  if (row?.content.kind !== 'comment')
    throw new HubError('NOT_FOUND', 'There is no such comment here.', { field: 'comment' });
  return { author: row.author, content: row.content };
}

async function rewrite(db: Queries, id: string, content: EventContent): Promise<DiscussionEvent> {
  const [row] = await db
    .update(discussionEvents)
    .set({ content })
    .where(eq(discussionEvents.id, id))
    .returning();
  if (!row) throw new HubError('NOT_FOUND');
  return presentEvent(row);
}

/** What a list says of one. */
export async function present(db: Queries, row: DiscussionRow): Promise<Discussion> {
  const [found] = await db
    .select({ comments: commentCount })
    .from(discussions)
    .where(isDiscussion(row.repository, row.number));
  return presentDiscussion(row, found?.comments ?? 0);
}
