import { HubError, type RepositoryKind } from '@banyan/contract';
import { and, count, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { idCursor, toPage } from '../db/page.ts';
import { findPerson } from '../people/store.ts';
import { people } from '../people/table.ts';
import { authorizeRepository, signedIn, visibleRepositories } from '../policy.ts';
import type { At } from '../repositories/repositories.ts';
import { pathOf } from '../repositories/store.ts';
import { repositories } from '../repositories/table.ts';
import { likes } from './table.ts';

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** Says, once, that I like a repository: whoever sees it may. */
export async function like(ctx: Context, at: At): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const { id: person } = signedIn(ctx, 'write');
  await ctx.db.insert(likes).values({ repository: repository.id, person }).onConflictDoNothing();
}

/** Takes it back; nothing happens when it was never said. */
export async function unlike(ctx: Context, at: At): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const { id: person } = signedIn(ctx, 'write');
  await ctx.db.delete(likes).where(and(eq(likes.repository, repository.id), eq(likes.person, person)));
}

/** Who likes a repository, the newest here first. */
export async function listLikers(ctx: Context, at: At, { limit, cursor }: PageQuery) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const after = idCursor(cursor);
  const rows = await ctx.db
    .select({ id: people.id, username: people.username, name: people.name })
    .from(likes)
    .innerJoin(people, eq(people.id, likes.person))
    .where(and(eq(likes.repository, repository.id), after === undefined ? undefined : lt(people.id, after)))
    .orderBy(desc(people.id))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => row.id,
    ({ username, name }) => ({ username, name }),
  );
}

/** What a person likes, as far as I may see it. Throws NOT_FOUND. */
export async function listLiked(ctx: Context, username: string, { limit, cursor }: PageQuery) {
  const me = signedIn(ctx);
  const person = await findPerson(ctx.db, username);
  if (!person)
    throw new HubError('NOT_FOUND', `There is nobody called "${username}" here.`, { field: 'user' });
  const after = idCursor(cursor);
  const rows = await ctx.db
    .select({ repository: repositories, createdAt: likes.createdAt })
    .from(likes)
    .innerJoin(repositories, eq(repositories.id, likes.repository))
    .where(
      and(
        eq(likes.person, person.id),
        visibleRepositories(me),
        after === undefined ? undefined : lt(repositories.id, after),
      ),
    )
    .orderBy(desc(repositories.id))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => row.repository.id,
    ({ repository, createdAt }): { kind: RepositoryKind; path: string; createdAt: Date } => ({
      kind: repository.kind,
      path: pathOf(repository),
      createdAt,
    }),
  );
}

/** How many people like each of some repositories, by their ids; absent where nobody does. */
export async function countLikes(db: Queries, ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: likes.repository, total: count() })
    .from(likes)
    .where(inArray(likes.repository, ids))
    .groupBy(likes.repository);
  return new Map(rows.map(({ id, total }) => [id, total]));
}
