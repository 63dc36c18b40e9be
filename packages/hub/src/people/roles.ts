import { type Role, roles } from '@banyan/contract';
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { memberships, people } from './table.ts';

export const hasRole = (mine: Role | undefined, needed: Role): boolean =>
  mine !== undefined && roles.indexOf(mine) >= roles.indexOf(needed);

/** My role in a namespace; undefined when I am no member. */
export async function roleIn(db: Queries, person: Person, slug: string): Promise<Role | undefined> {
  if (person.username === slug) return 'owner';
  const [row] = await db
    .select({ role: memberships.role })
    .from(memberships)
    .where(and(eq(memberships.namespace, slug), eq(memberships.person, person.id)));
  return row?.role;
}

/** Slugs of the namespaces a person belongs to with at least a role, their own among them: a subquery. */
export function namespacesOf(person: Person, atLeast: Role = 'reader'): SQL {
  const enough = roles.slice(roles.indexOf(atLeast));
  return sql`(select ${memberships.namespace} from ${memberships}
    where ${memberships.person} = ${person.id} and ${inArray(memberships.role, [...enough])}
    union all select ${people.username} from ${people} where ${people.id} = ${person.id})`;
}
