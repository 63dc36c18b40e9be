import { HubError, type RepositoryKind } from '@banyan/contract';
import { and, arrayContains, asc, desc, eq, gt, ilike, lt, ne, or, type SQL, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { idCursor, toPage } from '../db/page.ts';
import { type RepositoryRow, reader, visibleRepositories } from '../policy.ts';
import { pathOf } from './store.ts';
import { repositories } from './table.ts';

export interface Search {
  kind: RepositoryKind;
  namespace?: string | undefined;
  /** Words that its name, title or summary must all have. */
  search: string[];
  /** Tags that it must all have. */
  tags: string[];
  gated?: boolean | undefined;
  /** What was changed or made last comes first; `id` is the path, in the order of letters. */
  sort: 'updatedAt' | 'createdAt' | 'id';
  limit: number;
  cursor?: string | undefined;
}

const path = sql<string>`${repositories.namespace} || '/' || ${repositories.name}`;

/** A page of the repositories I can see, by what their cards say. */
export async function searchRepositories(
  ctx: Context,
  query: Search,
): Promise<{ items: RepositoryRow[]; nextCursor?: string }> {
  const { kind, namespace, search, tags, gated, limit } = query;
  const { order, after, cursorOf } = sorted(query);
  const rows = await ctx.db
    .select()
    .from(repositories)
    .where(
      and(
        visibleRepositories(reader(ctx)),
        eq(repositories.kind, kind),
        namespace === undefined ? undefined : eq(repositories.namespace, namespace),
        tags.length === 0 ? undefined : arrayContains(repositories.tags, tags),
        gated === undefined ? undefined : (gated ? eq : ne)(repositories.visibility, 'gated'),
        ...search.map(matches),
        after,
      ),
    )
    .orderBy(...order)
    .limit(limit + 1);
  return toPage(rows, limit, cursorOf, (row) => row);
}

function matches(word: string): SQL | undefined {
  const like = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  return or(sql`${path} ilike ${like}`, ilike(repositories.title, like), ilike(repositories.summary, like));
}

/** How rows are ordered, where the page after a cursor begins, and the cursor of a row. */
function sorted({ sort, cursor }: Search) {
  if (sort === 'id')
    return {
      order: [asc(path)],
      after: cursor === undefined ? undefined : gt(path, cursor),
      cursorOf: pathOf,
    };
  if (sort === 'createdAt') {
    const id = idCursor(cursor);
    return {
      order: [desc(repositories.id)],
      after: id === undefined ? undefined : lt(repositories.id, id),
      cursorOf: ({ id }: RepositoryRow) => id,
    };
  }
  return {
    order: [desc(repositories.updatedAt), desc(repositories.id)],
    after: cursor === undefined ? undefined : changedBefore(cursor),
    cursorOf: ({ updatedAt, id }: RepositoryRow) => `${updatedAt.toISOString()} ${id}`,
  };
}

function changedBefore(cursor: string): SQL {
  const [time = '', id] = cursor.split(' ');
  const isMine = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) && !Number.isNaN(Date.parse(time));
  if (!isMine || id === undefined)
    throw new HubError('BAD_INPUT', 'This cursor is not from a list of mine.', { field: 'cursor' });
  return sql`(${repositories.updatedAt}, ${repositories.id}) < (${time}::timestamptz, ${idCursor(id)}::uuid)`;
}

/** Tags in use among the repositories I can see, those of most repositories first; at most 2000. */
export async function tagsInUse(ctx: Context, kind: RepositoryKind): Promise<string[]> {
  const tag = sql<string>`unnest(${repositories.tags})`;
  const rows = await ctx.db
    .select({ tag })
    .from(repositories)
    .where(and(eq(repositories.kind, kind), visibleRepositories(reader(ctx))))
    .groupBy(sql`1`)
    .orderBy(desc(sql`count(*)`), sql`1`)
    .limit(2000);
  return rows.map((row) => row.tag);
}
