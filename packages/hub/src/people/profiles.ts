import { HubError, type Person as PersonView } from '@banyan/contract';
import { and, eq, gt, ilike, or } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { toPage } from '../db/page.ts';
import { signedIn, visibleNamespaces } from '../policy.ts';
import { namespaces } from './namespaces.ts';
import { findPerson, membershipsOf, personById, presentPerson } from './store.ts';
import { people } from './table.ts';

export async function readMe(ctx: Context) {
  const me = signedIn(ctx);
  return {
    person: presentPerson(await personById(ctx.db, me.id)),
    memberships: await membershipsOf(ctx.db, me.id),
  };
}

export interface ProfileChanges {
  name?: string | undefined;
  biography?: string | undefined;
  expertise?: string[] | undefined;
  languages?: string[] | undefined;
  orcid?: string | undefined;
}

export async function updateMe(ctx: Context, changes: ProfileChanges): Promise<PersonView> {
  const me = signedIn(ctx, 'write');
  const { name } = changes;
  await ctx.db.transaction(async (tx) => {
    if (Object.values(changes).some((value) => value !== undefined))
      await tx.update(people).set(changes).where(eq(people.id, me.id));
    if (name !== undefined)
      await tx.update(namespaces).set({ title: name }).where(eq(namespaces.slug, me.username));
  });
  return presentPerson(await personById(ctx.db, me.id));
}

export async function listPeople(
  ctx: Context,
  { limit, cursor, search }: { limit: number; cursor?: string | undefined; search?: string | undefined },
) {
  signedIn(ctx);
  const pattern = search === undefined ? undefined : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const matches =
    pattern === undefined ? undefined : or(ilike(people.username, pattern), ilike(people.name, pattern));
  const rows = await ctx.db
    .select()
    .from(people)
    .where(and(cursor === undefined ? undefined : gt(people.username, cursor), matches))
    .orderBy(people.username)
    .limit(limit + 1);
  return toPage(rows, limit, (row) => row.username, presentPerson);
}

/** A person, with those of their memberships that I can see. */
export async function readPerson(ctx: Context, username: string) {
  const me = signedIn(ctx);
  const row = await findPerson(ctx.db, username);
  if (!row) throw new HubError('NOT_FOUND', `There is nobody called "${username}" here.`);
  return { ...presentPerson(row), memberships: await membershipsOf(ctx.db, row.id, visibleNamespaces(me)) };
}
