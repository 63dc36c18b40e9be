import type { Site, SitePolicy } from '@banyan/contract';
import { HubError } from '@banyan/contract';
import { eq, gt } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import type { Database } from '../db/connection.ts';
import { toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { organisations } from '../organisations/table.ts';
import { insertToken } from '../people/tokens.ts';
import { administersSite, authorizeNamespace, authorizeSite, signedIn } from '../policy.ts';
import { sites } from './table.ts';
import { workersOf } from './workers.ts';

type SiteRow = typeof sites.$inferSelect;

/** The site of the hub's own worker: it belongs to no organisation, so the hub's administrators run it. */
export const localSite = 'local';

/** Makes the site `local` in a fresh hub; gives its id. */
export async function ensureLocalSite(db: Database): Promise<string> {
  await db.insert(sites).values({ name: localSite, title: "The hub's own machine" }).onConflictDoNothing();
  const [row] = await db.select({ id: sites.id }).from(sites).where(eq(sites.name, localSite));
  if (!row) throw new Error('the site "local" is missing');
  return row.id;
}

export interface NewSite {
  name: string;
  organisation: string;
  title: string;
  policy: SitePolicy;
}

/** Lends an organisation's compute: by its maintainers. */
export async function createSite(ctx: Context, input: NewSite): Promise<Site> {
  const me = signedIn(ctx, 'write');
  await authorizeNamespace(ctx, input.organisation, 'maintainer');
  const [organisation] = await ctx.db
    .select()
    .from(organisations)
    .where(eq(organisations.slug, input.organisation));
  if (!organisation)
    throw new HubError('BAD_INPUT', `"${input.organisation}" is no organisation.`, { field: 'organisation' });
  const row = await ctx.db.transaction(async (tx) => {
    const [inserted] = await tx.insert(sites).values(input).onConflictDoNothing().returning();
    if (!inserted)
      throw new HubError('ALREADY_EXISTS', `There is a site "${input.name}" already.`, { field: 'name' });
    const details = { policy: JSON.parse(JSON.stringify(input.policy)) };
    await record(tx, {
      actor: me,
      action: 'site.create',
      namespace: input.organisation,
      subject: input.name,
      details,
    });
    return inserted;
  });
  return present(ctx, me, row);
}

export async function listSites(
  ctx: Context,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const me = signedIn(ctx);
  const rows = await ctx.db
    .select()
    .from(sites)
    .where(cursor === undefined ? undefined : gt(sites.name, cursor))
    .orderBy(sites.name)
    .limit(limit + 1);
  const { items, ...page } = toPage(
    rows,
    limit,
    (row) => row.name,
    (row) => row,
  );
  return { ...page, items: await Promise.all(items.map((row) => present(ctx, me, row))) };
}

export async function readSite(ctx: Context, name: string): Promise<Site> {
  const { site } = await authorizeSite(ctx, name, 'see');
  return present(ctx, signedIn(ctx), site);
}

export async function updateSite(
  ctx: Context,
  { name, title, policy }: { name: string; title?: string | undefined; policy?: SitePolicy | undefined },
): Promise<Site> {
  const { site } = await authorizeSite(ctx, name, 'administer');
  await ctx.db.transaction(async (tx) => {
    if (title !== undefined || policy)
      await tx.update(sites).set({ title, policy }).where(eq(sites.id, site.id));
    // A looser policy may let jobs start that wait for a worker.
    await ctx.events.publish(tx, { topic: 'job.queued', id: site.id });
    await record(tx, {
      actor: ctx.actor,
      action: 'site.update',
      namespace: site.organisation ?? undefined,
      subject: name,
      details: JSON.parse(JSON.stringify({ title, policy })),
    });
  });
  return readSite(ctx, name);
}

/** A token with which workers join this site. Its secret is in the answer and nowhere else. */
export async function createSiteToken(
  ctx: Context,
  { name, expiresInDays }: { name: string; expiresInDays?: number | undefined },
) {
  const { site } = await authorizeSite(ctx, name, 'administer');
  return ctx.db.transaction(async (tx) => {
    const { row, secret } = await insertToken(tx, {
      name: `workers of ${name}`,
      scope: 'write',
      expiresInDays,
      site: site.id,
    });
    await record(tx, {
      actor: ctx.actor,
      action: 'site.token',
      namespace: site.organisation ?? undefined,
      subject: name,
      details: { token: row.id },
    });
    return { token: secret, ...given('expiresAt', row.expiresAt?.toISOString()) };
  });
}

async function present(ctx: Context, me: Person, row: SiteRow): Promise<Site> {
  return {
    name: row.name,
    ...given('organisation', row.organisation),
    title: row.title,
    policy: row.policy,
    workers: await workersOf(ctx, me, row),
    canAdminister: await administersSite(ctx.db, me, row),
    createdAt: iso(row.createdAt),
  };
}
