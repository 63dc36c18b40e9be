import { HubError, type Member, type Role } from '@banyan/contract';
import { and, count, eq, ne, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { namespaces } from '../people/namespaces.ts';
import { hasRole } from '../people/roles.ts';
import { findPerson, type PersonRow } from '../people/store.ts';
import { memberships, people } from '../people/table.ts';
import { type Authorized, authorizeNamespace, type NamespaceAccess, signedIn } from '../policy.ts';

/** Members of an organisation, or of a project that I can see. */
export async function listMembers(ctx: Context, namespace: string): Promise<Member[]> {
  const access = await authorizeNamespace(ctx, namespace, 'see');
  return readMembers(ctx.db, access);
}

/** Adds a member or changes a role: by maintainers, up to their own role. Throws CONFLICT for the last owner. */
export async function setMember(
  ctx: Context,
  { namespace, username, role }: { namespace: string; username: string; role: Role },
): Promise<Member> {
  const access = await authorizeNamespace(ctx, namespace, 'maintainer');
  requireMayGive(access, role);
  const person = await findPerson(ctx.db, username);
  if (!person)
    throw new HubError('NOT_FOUND', `There is nobody called "${username}" here. Send them an invitation.`);
  await ctx.db.transaction(async (tx) => {
    const before = await lockRole(tx, access, person);
    if (before) requireMayGive(access, before);
    if (before === 'owner' && role !== 'owner') await requireAnotherOwner(tx, namespace, person);
    await tx
      .insert(memberships)
      .values({ namespace, person: person.id, role })
      .onConflictDoUpdate({ target: [memberships.namespace, memberships.person], set: { role } });
    await record(tx, {
      actor: ctx.actor,
      action: 'member.set',
      namespace,
      subject: username,
      details: { role, ...(before && { before }) },
    });
  });
  const [member] = await readMembers(ctx.db, access, person.id);
  if (!member) throw new HubError('CONFLICT', `"${username}" was removed meanwhile.`);
  return member;
}

/** Removes a member (maintainers), or leaves (everybody). Throws CONFLICT for the last owner. */
export async function removeMember(
  ctx: Context,
  { namespace, username }: { namespace: string; username: string },
): Promise<void> {
  const me = signedIn(ctx, 'write');
  const leaving = me.username === username;
  const access = await authorizeNamespace(ctx, namespace, leaving ? 'see' : 'maintainer');
  const person = await findPerson(ctx.db, username);
  await ctx.db.transaction(async (tx) => {
    const before = person && (await lockRole(tx, access, person));
    if (!person || !before) throw new HubError('NOT_FOUND', `"${username}" is no member of "${namespace}".`);
    if (!leaving) requireMayGive(access, before);
    if (before === 'owner') await requireAnotherOwner(tx, namespace, person);
    await tx
      .delete(memberships)
      .where(and(eq(memberships.namespace, namespace), eq(memberships.person, person.id)));
    await record(tx, {
      actor: me,
      action: 'member.remove',
      namespace,
      subject: username,
      details: { before },
    });
  });
}

/** Nobody gives, or takes away, a role above their own. Throws NOT_ALLOWED. */
export function requireMayGive({ namespace, role: mine }: NamespaceAccess, role: Role): void {
  if (namespace.kind === 'person')
    throw new HubError(
      'BAD_INPUT',
      "A person's own namespace has no members. Make a project to work together.",
      {
        field: 'namespace',
      },
    );
  if (!hasRole(mine, role))
    throw new HubError(
      'NOT_ALLOWED',
      `Your role in "${namespace.slug}" is ${mine ?? 'none'}: only an ${role} may do this.`,
    );
}

/** The role of now, which no other request changes before this transaction ends. */
async function lockRole(
  tx: Queries,
  { namespace }: Authorized<NamespaceAccess>,
  person: PersonRow,
): Promise<Role | undefined> {
  await tx.select().from(namespaces).where(eq(namespaces.slug, namespace.slug)).for('update');
  const [row] = await tx
    .select({ role: memberships.role })
    .from(memberships)
    .where(and(eq(memberships.namespace, namespace.slug), eq(memberships.person, person.id)));
  return row?.role;
}

async function requireAnotherOwner(tx: Queries, namespace: string, person: PersonRow): Promise<void> {
  const [others] = await tx
    .select({ count: count() })
    .from(memberships)
    .where(
      and(
        eq(memberships.namespace, namespace),
        eq(memberships.role, 'owner'),
        ne(memberships.person, person.id),
      ),
    );
  if (others?.count === 0)
    throw new HubError('CONFLICT', `"${person.username}" is the last owner of "${namespace}".`, {
      hint: 'Make somebody else an owner first.',
    });
}

async function readMembers(
  db: Queries,
  { namespace }: Authorized<NamespaceAccess>,
  person?: string,
): Promise<Member[]> {
  const rows = await db
    .select({
      username: people.username,
      name: people.name,
      role: memberships.role,
      since: memberships.since,
      organisations: sql<
        string[]
      >`array(select m.namespace from memberships m join organisations o on o.slug = m.namespace
        where m.person = ${people.id} order by 1)`,
    })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.person))
    .where(
      and(
        eq(memberships.namespace, namespace.slug),
        person === undefined ? undefined : eq(memberships.person, person),
      ),
    )
    .orderBy(memberships.since, people.username);
  return rows.map((row) => ({ ...row, since: iso(row.since) }));
}
