import { HubError, type Person as PersonView } from '@banyan/contract';
import { and, eq, type SQL } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import { namespaces } from './namespaces.ts';
import { memberships, people } from './table.ts';

export type PersonRow = typeof people.$inferSelect;

/** Names that addresses of the hub, its web app or its protocols already mean. */
const reserved = new Set(
  `about admin administrator api assets banyan compute datasets deployments docs everybody grants healthz help hub
   invitations invite join ledger login logout me metrics models new openapi.json organisations people projects races
   root runs search security sessions settings setup sign-in sites spaces static system v1 v2 whoami workers`.split(
    /\s+/,
  ),
);

/** Takes a name in the one space of names. Throws ALREADY_EXISTS. */
export async function takeNamespace(
  tx: Queries,
  namespace: { slug: string; kind: 'person' | 'organisation' | 'project'; title: string },
): Promise<typeof namespaces.$inferSelect> {
  const field = namespace.kind === 'person' ? 'username' : 'slug';
  if (reserved.has(namespace.slug))
    throw new HubError(
      'ALREADY_EXISTS',
      `"${namespace.slug}" is a name the hub itself uses. Choose another.`,
      { field },
    );
  const [row] = await tx.insert(namespaces).values(namespace).onConflictDoNothing().returning();
  if (!row) throw new HubError('ALREADY_EXISTS', `The name "${namespace.slug}" is taken.`, { field });
  return row;
}

export async function insertPerson(
  tx: Queries,
  person: { username: string; name: string; passwordHash: string | undefined; administrator: boolean },
): Promise<PersonRow> {
  await takeNamespace(tx, { slug: person.username, kind: 'person', title: person.name });
  const [row] = await tx.insert(people).values(person).returning();
  if (!row) throw new Error('insert returned no row');
  return row;
}

export async function findPerson(db: Queries, username: string): Promise<PersonRow | undefined> {
  const [row] = await db.select().from(people).where(eq(people.username, username));
  return row;
}

/** The person, who exists because they are signed in or were just listed. */
export async function personById(db: Queries, id: string): Promise<PersonRow> {
  const [row] = await db.select().from(people).where(eq(people.id, id));
  if (!row) throw new HubError('NOT_FOUND');
  return row;
}

/** Where a person belongs, of the namespaces that `visible` leaves. */
export async function membershipsOf(db: Queries, person: string, visible?: SQL) {
  const rows = await db
    .select({
      namespace: namespaces.slug,
      kind: namespaces.kind,
      title: namespaces.title,
      role: memberships.role,
    })
    .from(memberships)
    .innerJoin(namespaces, eq(namespaces.slug, memberships.namespace))
    .where(and(eq(memberships.person, person), visible))
    .orderBy(namespaces.slug);
  // A person's own namespace has no members, so this drops nothing; it tells the types so.
  return rows.flatMap(({ kind, ...row }) => (kind === 'person' ? [] : [{ ...row, kind }]));
}

export function presentPerson(row: PersonRow): PersonView {
  return {
    username: row.username,
    name: row.name,
    ...given('biography', row.biography),
    expertise: row.expertise,
    languages: row.languages,
    ...given('orcid', row.orcid),
    administrator: row.administrator,
    createdAt: iso(row.createdAt),
  };
}
