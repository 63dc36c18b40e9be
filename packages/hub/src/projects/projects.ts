import { HubError, type Project } from '@banyan/contract';
import { and, eq, gt, inArray, type SQL, sql } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { organisations } from '../organisations/table.ts';
import { namespaces } from '../people/namespaces.ts';
import { takeNamespace } from '../people/store.ts';
import { memberships } from '../people/table.ts';
import { authorizeNamespace, signedIn, visibleNamespaces } from '../policy.ts';
import { projectOrganisations, projects } from './table.ts';

export interface NewProject {
  slug: string;
  title: string;
  description: string;
  visibility: 'public' | 'private';
  organisations: string[];
}

/** Starts a project, whose owner I become. */
export async function createProject(ctx: Context, input: NewProject): Promise<Project> {
  const me = signedIn(ctx, 'write');
  const { slug, title, description, visibility } = input;
  await ctx.db.transaction(async (tx) => {
    await takeNamespace(tx, { slug, kind: 'project', title });
    await tx.insert(projects).values({ slug, description, visibility });
    await setOrganisations(tx, slug, input.organisations);
    await tx.insert(memberships).values({ namespace: slug, person: me.id, role: 'owner' });
    await record(tx, {
      actor: me,
      action: 'project.create',
      namespace: slug,
      subject: slug,
      details: { visibility, organisations: input.organisations },
    });
  });
  return readProject(ctx, slug);
}

export async function listProjects(
  ctx: Context,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const me = signedIn(ctx);
  const after = cursor === undefined ? undefined : gt(namespaces.slug, cursor);
  const rows = await select(ctx, me, and(visibleNamespaces(me), after), limit + 1);
  return toPage(rows, limit, (row) => row.slug, present);
}

export async function readProject(ctx: Context, slug: string): Promise<Project> {
  const me = signedIn(ctx);
  const access = await authorizeNamespace(ctx, slug, 'see');
  const [row] = await select(ctx, me, eq(namespaces.slug, access.namespace.slug), 1);
  if (!row) throw new HubError('NOT_FOUND', `There is no project "${slug}".`);
  return present(row);
}

export interface ProjectChanges {
  slug: string;
  title?: string | undefined;
  description?: string | undefined;
  visibility?: 'public' | 'private' | undefined;
  organisations?: string[] | undefined;
}

/** By maintainers; who may look (visibility) is the owners' to change. */
export async function updateProject(ctx: Context, changes: ProjectChanges): Promise<Project> {
  const { slug, title, description, visibility } = changes;
  await authorizeNamespace(ctx, slug, visibility === undefined ? 'maintainer' : 'owner');
  // Only projects have these settings: an organisation's slug is answered like any other that is no project.
  await readProject(ctx, slug);
  await ctx.db.transaction(async (tx) => {
    if (title !== undefined) await tx.update(namespaces).set({ title }).where(eq(namespaces.slug, slug));
    if (description !== undefined || visibility !== undefined)
      await tx.update(projects).set({ description, visibility }).where(eq(projects.slug, slug));
    if (changes.organisations) await setOrganisations(tx, slug, changes.organisations);
    const { slug: _, ...details } = changes;
    await record(tx, {
      actor: ctx.actor,
      action: 'project.update',
      namespace: slug,
      subject: slug,
      details: JSON.parse(JSON.stringify(details)),
    });
  });
  return readProject(ctx, slug);
}

async function setOrganisations(tx: Queries, project: string, slugs: string[]): Promise<void> {
  const wanted = [...new Set(slugs)];
  const known = await tx
    .select({ slug: organisations.slug })
    .from(organisations)
    .where(inArray(organisations.slug, wanted));
  const missing = wanted.find((slug) => known.every((row) => row.slug !== slug));
  if (missing !== undefined)
    throw new HubError('BAD_INPUT', `There is no organisation "${missing}".`, { field: 'organisations' });
  await tx.delete(projectOrganisations).where(eq(projectOrganisations.project, project));
  if (wanted.length > 0)
    await tx.insert(projectOrganisations).values(wanted.map((organisation) => ({ project, organisation })));
}

async function select(ctx: Context, me: Person, where: SQL | undefined, limit: number) {
  return ctx.db
    .select({
      slug: namespaces.slug,
      title: namespaces.title,
      description: projects.description,
      visibility: projects.visibility,
      organisations: sql<Project['organisations']>`coalesce((
        select json_agg(json_build_object('slug', n.slug, 'title', n.title) order by n.slug)
        from project_organisations po join namespaces n on n.slug = po.organisation
        where po.project = ${namespaces.slug}), '[]'::json)`,
      members: sql<number>`(select count(*)::int from memberships m where m.namespace = ${namespaces.slug})`,
      myRole: memberships.role,
      createdAt: namespaces.createdAt,
    })
    .from(projects)
    .innerJoin(namespaces, eq(namespaces.slug, projects.slug))
    .leftJoin(memberships, and(eq(memberships.namespace, namespaces.slug), eq(memberships.person, me.id)))
    .where(where)
    .orderBy(namespaces.slug)
    .limit(limit);
}

const present = ({ myRole, ...row }: Awaited<ReturnType<typeof select>>[number]): Project => ({
  ...row,
  ...given('myRole', myRole),
  createdAt: iso(row.createdAt),
});
