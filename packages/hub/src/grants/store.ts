import { type Grant, HubError } from '@banyan/contract';
import { and, desc, eq, gt, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import { namespaces } from '../people/namespaces.ts';
import { people } from '../people/table.ts';
import { repositories } from '../repositories/table.ts';
import { sites } from '../sites/table.ts';
import { grants } from './table.ts';

const decider = alias(people, 'decider');

export type GrantRow = Awaited<ReturnType<typeof selectGrants>>[number];
type Resource = { repository: string } | { site: string };

/** Grants with the names they are shown by; `home` is the namespace whose maintainers look after the resource. */
export function selectGrants(db: Queries, where: SQL | undefined, limit: number) {
  return db
    .select({
      grant: grants,
      path: sql<string | null>`${repositories.namespace} || '/' || ${repositories.name}`,
      repositoryKind: repositories.kind,
      site: sites.name,
      home: sql<string | null>`coalesce(${repositories.namespace}, ${sites.organisation})`,
      subjectKind: namespaces.kind,
      requestedBy: people.username,
      decidedBy: decider.username,
    })
    .from(grants)
    .innerJoin(namespaces, eq(namespaces.slug, grants.subject))
    .innerJoin(people, eq(people.id, grants.requestedBy))
    .leftJoin(decider, eq(decider.id, grants.decidedBy))
    .leftJoin(repositories, eq(repositories.id, grants.repository))
    .leftJoin(sites, eq(sites.id, grants.site))
    .where(where)
    .orderBy(desc(grants.id))
    .limit(limit);
}

export async function findGrant(db: Queries, id: string): Promise<GrantRow | undefined> {
  const [row] = await selectGrants(db, eq(grants.id, id), 1);
  return row;
}

/**
 * A request that waits, or a grant in force that lasts at least as long as the one asked for now. Whoever asks for the same
 * at the same time waits until the transaction ends: of two grants one would outlive the withdrawal of the other.
 */
export async function openGrant(tx: Queries, resource: Resource, subject: string, until: Date | undefined) {
  const [of, id] =
    'repository' in resource
      ? [eq(grants.repository, resource.repository), resource.repository]
      : [eq(grants.site, resource.site), resource.site];
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`grant on ${id} to ${subject}`}, 0))`);
  const lasts = until ? or(isNull(grants.until), gt(grants.until, until)) : isNull(grants.until);
  const [row] = await tx
    .select({ state: grants.state })
    .from(grants)
    .where(
      and(
        of,
        eq(grants.subject, subject),
        or(eq(grants.state, 'requested'), and(eq(grants.state, 'granted'), isNull(grants.algorithms), lasts)),
      ),
    )
    .limit(1);
  return row;
}

export async function insertGrant(tx: Queries, values: typeof grants.$inferInsert): Promise<GrantRow> {
  const [row] = await tx.insert(grants).values(values).returning({ id: grants.id });
  const found = row && (await findGrant(tx, row.id));
  if (!found) throw new Error('insert returned no row');
  return found;
}

/** Changes a grant that is still in the state it was read in. Throws CONFLICT. */
export async function changeGrant(
  tx: Queries,
  id: string,
  from: typeof grants.$inferSelect.state,
  changes: Partial<typeof grants.$inferInsert>,
): Promise<GrantRow> {
  const [row] = await tx
    .update(grants)
    .set({ ...changes, decidedAt: new Date() })
    .where(and(eq(grants.id, id), eq(grants.state, from)))
    .returning({ id: grants.id });
  const found = await findGrant(tx, id);
  if (!row || !found)
    throw new HubError('CONFLICT', `This is ${found?.grant.state ?? 'gone'}, no longer ${from}.`);
  return found;
}

/** A state as it is shown, where `granted` means in force and `expired` means granted once. */
export function inState(state: Grant['state']): SQL | undefined {
  if (state === 'expired') return and(eq(grants.state, 'granted'), lte(grants.until, sql`now()`));
  if (state === 'granted')
    return and(eq(grants.state, 'granted'), or(isNull(grants.until), gt(grants.until, sql`now()`)));
  return eq(grants.state, state);
}

export const beforeGrant = (id: string): SQL => lt(grants.id, id);

/** What a grant is on. */
export function resourceOf({ repositoryKind, path, site }: GrantRow): Grant['resource'] {
  if (repositoryKind !== null && path !== null) return { kind: repositoryKind, path };
  return { kind: 'site', name: site ?? '' };
}

export function presentGrant(row: GrantRow): Grant {
  const { grant, subjectKind, requestedBy, decidedBy } = row;
  const expired = grant.state === 'granted' && grant.until !== null && grant.until.getTime() <= Date.now();
  return {
    id: grant.id,
    resource: resourceOf(row),
    subject: { kind: subjectKind, slug: grant.subject },
    purpose: grant.purpose,
    ...given('algorithms', grant.algorithms),
    state: expired ? 'expired' : grant.state,
    requestedBy,
    ...given('decidedBy', decidedBy),
    ...given('note', grant.note),
    ...given('until', grant.until?.toISOString()),
    createdAt: iso(grant.createdAt),
  };
}
