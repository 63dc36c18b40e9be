import { HubError, type RepositoryKind, type Role } from '@banyan/contract';
import { and, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { refusalToRead } from './consent.ts';
import type { Context, Person } from './context.ts';
import type { Queries } from './db/connection.ts';
import { namespaces } from './people/namespaces.ts';
import { hasRole, namespacesOf, roleIn } from './people/roles.ts';
import { projects } from './projects/table.ts';
import { isCalled } from './repositories/called.ts';
import { repositories } from './repositories/table.ts';
import { sites } from './sites/table.ts';

/**
 * Who may do what. Store functions that touch a resource ask for an `Authorized<...>`, which only this module makes,
 * so a rule that forgets to ask does not compile.
 *
 * - Everything but the way in (set-up, sign-in, invitations, `/info`) needs a signed-in person or a token. Where the hub
 *   is set to, public repositories alone are listed and read without.
 * - What a person may not see is NOT_FOUND to them, exactly as if it were not there.
 * - Hub administrators run people and sites. They get no rights in namespaces: to read private data they must be
 *   made a member, which the ledger records.
 */
declare const proof: unique symbol;
export type Authorized<T> = T & { readonly [proof]: true };
const authorized = <T>(value: T) => value as Authorized<T>;

/** Repository rights, weakest first. `see`: card and metadata; `read`: files; `write`: commit; `administer`: terms, deletion, grants. */
export type RepositoryNeed = 'see' | 'read' | 'write' | 'administer';
export type RepositoryRow = typeof repositories.$inferSelect;

export interface NamespaceAccess {
  namespace: typeof namespaces.$inferSelect;
  /** My role; undefined for somebody who may look but is no member. */
  role: Role | undefined;
  /** Whether everybody on the hub may look: organisations, people, public projects. */
  open: boolean;
}

export interface RepositoryAccess {
  repository: RepositoryRow;
  read: boolean;
  write: boolean;
  administer: boolean;
  /** Why `read` is false. */
  reason: string | undefined;
}

export interface SiteAccess {
  site: typeof sites.$inferSelect;
  administer: boolean;
}

/** The person who asks; `write` refuses tokens made for reading. */
export function signedIn(ctx: Context, scope: 'read' | 'write' = 'read'): Person {
  if (!ctx.actor) throw new HubError('NOT_SIGNED_IN');
  if (ctx.actor.kind === 'site')
    throw new HubError('NOT_ALLOWED', "A site's token is for its workers alone; use a person's token here.");
  if (scope === 'write' && ctx.actor.scope === 'read')
    throw new HubError('NOT_ALLOWED', 'This token is for reading alone.', {
      hint: 'Make a token with the scope "write".',
    });
  return ctx.actor;
}

/**
 * Who reads: a person or, where the hub lets everybody read what is public, nobody in particular (undefined). What costs
 * more than reading asks `signedIn`. Throws NOT_SIGNED_IN.
 */
export function reader(ctx: Context): Person | undefined {
  return ctx.actor === undefined && ctx.config.anonymousRead ? undefined : signedIn(ctx);
}

/** The hub's administrators run the hub itself. Throws NOT_SIGNED_IN, NOT_ALLOWED. */
export function requireAdministrator(ctx: Context): void {
  if (!signedIn(ctx, 'write').administrator)
    throw new HubError('NOT_ALLOWED', 'Only administrators of the hub may do this.');
}

/** `see` passes for members and, in open namespaces, for every signed-in person; a role needs that role or a stronger one. */
export async function authorizeNamespace(
  ctx: Context,
  slug: string,
  need: 'see' | Role,
): Promise<Authorized<NamespaceAccess>> {
  const person = signedIn(ctx, need === 'see' || need === 'reader' ? 'read' : 'write');
  const [row] = await ctx.db
    .select({ namespace: namespaces, visibility: projects.visibility })
    .from(namespaces)
    .leftJoin(projects, eq(projects.slug, namespaces.slug))
    .where(eq(namespaces.slug, slug));
  const role = row && (await roleIn(ctx.db, person, slug));
  const open = row !== undefined && row.visibility !== 'private';
  if (!row || (!open && !role))
    throw new HubError('NOT_FOUND', `There is no "${slug}", or you may not see it.`);
  if (need !== 'see' && !hasRole(role, need))
    throw new HubError(
      'NOT_ALLOWED',
      `This needs the role ${need} in "${slug}"; yours is ${role ?? 'none'}.`,
    );
  return authorized({ namespace: row.namespace, role, open });
}

/**
 * Private repositories exist for members of their namespace (and for those granted) alone. Public and gated ones show
 * their card to everybody signed in; the files of a gated one, and of all that was derived from it, need a grant.
 */
export async function authorizeRepository(
  ctx: Context,
  kind: RepositoryKind,
  path: string,
  need: RepositoryNeed,
): Promise<Authorized<RepositoryAccess>> {
  const person = need === 'see' || need === 'read' ? reader(ctx) : signedIn(ctx, 'write');
  const [row] = await ctx.db
    .select()
    .from(repositories)
    .where(and(isCalled(kind, path), visibleRepositories(person)));
  // Whoever is nobody yet may be somebody who sees it.
  if (!row && !person) throw new HubError('NOT_SIGNED_IN');
  if (!row) throw new HubError('NOT_FOUND', `There is no ${kind} "${path}", or you may not see it.`);
  const access = await repositoryAccess(ctx.db, person, row);
  if (need === 'read' && !access.read)
    throw person ? new HubError('CONSENT_NEEDED', access.reason) : new HubError('NOT_SIGNED_IN');
  if (need === 'write' && !access.write)
    throw new HubError('NOT_ALLOWED', `This needs the role contributor in "${row.namespace}".`);
  if (need === 'administer' && !access.administer)
    throw new HubError('NOT_ALLOWED', `This needs the role maintainer in "${row.namespace}".`);
  return authorized(access);
}

/** What a person may do with a repository that they can see; for lists, whose rows `visibleRepositories` chose. */
export async function repositoryAccess(
  db: Queries,
  person: Person | undefined,
  repository: RepositoryRow,
): Promise<RepositoryAccess> {
  const role = person && (await roleIn(db, person, repository.namespace));
  const reason = await refusalToRead(db, person, repository);
  const write = person?.scope === 'write';
  return {
    repository,
    read: reason === undefined,
    write: write && hasRole(role, 'contributor'),
    administer: write && hasRole(role, 'maintainer'),
    reason,
  };
}

/** Sites are shown to everybody signed in; their organisation's maintainers, or the hub's administrators, run them. */
export async function authorizeSite(
  ctx: Context,
  name: string,
  need: 'see' | 'administer',
): Promise<Authorized<SiteAccess>> {
  const person = signedIn(ctx, need === 'see' ? 'read' : 'write');
  const [site] = await ctx.db.select().from(sites).where(eq(sites.name, name));
  if (!site) throw new HubError('NOT_FOUND', `There is no site "${name}".`);
  const administer = await administersSite(ctx.db, person, site);
  if (need === 'administer' && !administer)
    throw new HubError('NOT_ALLOWED', `Only maintainers of the site's organisation may do this.`);
  return authorized({ site, administer });
}

export async function administersSite(
  db: Queries,
  person: Person,
  site: typeof sites.$inferSelect,
): Promise<boolean> {
  if (person.administrator) return true;
  return site.organisation !== null && hasRole(await roleIn(db, person, site.organisation), 'maintainer');
}

/** Which rows of `repositories` a person can see at all; nobody in particular sees the public ones. */
export function visibleRepositories(person: Person | undefined): SQL | undefined {
  if (!person) return eq(repositories.visibility, 'public');
  return or(
    inArray(repositories.visibility, ['public', 'gated']),
    sql`${repositories.namespace} in ${namespacesOf(person)}`,
    sql`${repositories.id} in (select repository from grants where state = 'granted'
      and (until is null or until > now()) and subject in ${namespacesOf(person)})`,
  );
}

/** Which rows of `namespaces` a person can see. */
export function visibleNamespaces(person: Person): SQL | undefined {
  return or(
    sql`${namespaces.slug} not in (select ${projects.slug} from ${projects} where ${projects.visibility} = 'private')`,
    sql`${namespaces.slug} in ${namespacesOf(person)}`,
  );
}
