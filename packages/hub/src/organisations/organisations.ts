import type { Organisation } from '@banyan/contract';
import { HubError } from '@banyan/contract';
import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import { toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { namespaces } from '../people/namespaces.ts';
import { takeNamespace } from '../people/store.ts';
import { memberships } from '../people/table.ts';
import { type Authorized, authorizeNamespace, type NamespaceAccess, signedIn } from '../policy.ts';
import { organisations } from './table.ts';

export interface NewOrganisation {
  slug: string;
  title: string;
  kind: Organisation['kind'];
  country?: string | undefined;
  homepage?: string | undefined;
}

/** Founds an organisation, whose owner I become. Everybody may: it holds no rights until others give it some. */
export async function createOrganisation(ctx: Context, input: NewOrganisation): Promise<Organisation> {
  const me = signedIn(ctx, 'write');
  await ctx.db.transaction(async (tx) => {
    await takeNamespace(tx, { slug: input.slug, kind: 'organisation', title: input.title });
    await tx.insert(organisations).values(input);
    await tx.insert(memberships).values({ namespace: input.slug, person: me.id, role: 'owner' });
    await record(tx, {
      actor: me,
      action: 'organisation.create',
      namespace: input.slug,
      subject: input.slug,
    });
  });
  return readOrganisation(ctx, input.slug);
}

export async function listOrganisations(
  ctx: Context,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const me = signedIn(ctx);
  const rows = await select(
    ctx,
    me,
    cursor === undefined ? undefined : gt(namespaces.slug, cursor),
    limit + 1,
  );
  return toPage(rows, limit, (row) => row.slug, present);
}

export async function readOrganisation(ctx: Context, slug: string): Promise<Organisation> {
  const me = signedIn(ctx);
  const access: Authorized<NamespaceAccess> = await authorizeNamespace(ctx, slug, 'see');
  const [row] = await select(ctx, me, eq(namespaces.slug, access.namespace.slug), 1);
  if (!row) throw new HubError('NOT_FOUND', `There is no organisation "${slug}".`);
  return present(row);
}

async function select(ctx: Context, me: Person, where: SQL | undefined, limit: number) {
  return ctx.db
    .select({
      slug: namespaces.slug,
      title: namespaces.title,
      kind: organisations.kind,
      country: organisations.country,
      homepage: organisations.homepage,
      members: sql<number>`(select count(*)::int from memberships m where m.namespace = ${namespaces.slug})`,
      myRole: memberships.role,
      createdAt: namespaces.createdAt,
    })
    .from(organisations)
    .innerJoin(namespaces, eq(namespaces.slug, organisations.slug))
    .leftJoin(memberships, and(eq(memberships.namespace, namespaces.slug), eq(memberships.person, me.id)))
    .where(where)
    .orderBy(namespaces.slug)
    .limit(limit);
}

const present = (row: Awaited<ReturnType<typeof select>>[number]): Organisation => ({
  slug: row.slug,
  title: row.title,
  kind: row.kind,
  ...given('country', row.country),
  ...given('homepage', row.homepage),
  members: row.members,
  ...given('myRole', row.myRole),
  createdAt: iso(row.createdAt),
});
