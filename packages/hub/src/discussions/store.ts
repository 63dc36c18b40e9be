import { type Discussion, type DiscussionEvent, HubError } from '@banyan/contract';
import { and, eq, sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import { discussionEvents, discussions, type EventContent } from './table.ts';

export type DiscussionRow = typeof discussions.$inferSelect;
type EventRow = typeof discussionEvents.$inferSelect;

export const isDiscussion = (repository: string, number: number) =>
  and(eq(discussions.repository, repository), eq(discussions.number, number));

/** Throws NOT_FOUND. */
export async function findDiscussion(
  db: Queries,
  repository: string,
  number: number,
): Promise<DiscussionRow> {
  const [row] = await db.select().from(discussions).where(isDiscussion(repository, number));
  if (!row) throw new HubError('NOT_FOUND', `There is no discussion ${number} here.`, { field: 'number' });
  return row;
}

/** Opens one under the next number. The caller holds the repository's row lock. */
export async function insertDiscussion(
  tx: Queries,
  values: Omit<typeof discussions.$inferInsert, 'number'>,
): Promise<DiscussionRow> {
  const [last] = await tx
    .select({ number: sql<number>`coalesce(max(${discussions.number}), 0)::int` })
    .from(discussions)
    .where(eq(discussions.repository, values.repository));
  const [row] = await tx
    .insert(discussions)
    .values({ ...values, number: (last?.number ?? 0) + 1 })
    .returning();
  if (!row) throw new Error('insert returned no row');
  return row;
}

export async function addEvent(
  tx: Queries,
  { repository, number }: Pick<DiscussionRow, 'repository' | 'number'>,
  { author, content }: { author: string; content: EventContent },
): Promise<EventRow> {
  const [row] = await tx.insert(discussionEvents).values({ repository, number, author, content }).returning();
  if (!row) throw new Error('insert returned no row');
  await tx.update(discussions).set({ updatedAt: new Date() }).where(isDiscussion(repository, number));
  return row;
}

/** How many comments a row of `discussions` has that are not hidden. */
export const commentCount = sql<number>`(select count(*)::int from discussion_events e
  where e.repository = discussions.repository and e.number = discussions.number
    and e.content->>'kind' = 'comment' and e.content->>'hidden' = 'false')`;

export const presentDiscussion = (row: DiscussionRow, comments: number): Discussion => ({
  number: row.number,
  kind: row.kind,
  title: row.title,
  status: row.status,
  author: row.author,
  comments,
  ...given('branch', row.branch),
  ...given('mergeCommit', row.mergeCommit),
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
});

export function presentEvent({ id, author, createdAt, content }: EventRow): DiscussionEvent {
  const happened = { id, author, createdAt: iso(createdAt) };
  if (content.kind !== 'comment') return { ...happened, ...content };
  return { ...happened, ...content, edited: content.editedAt !== undefined };
}
