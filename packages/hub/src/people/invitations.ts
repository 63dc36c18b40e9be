import { HubError, type Person as PersonView, type Role } from '@banyan/contract';
import { and, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { authorizeNamespace, signedIn } from '../policy.ts';
import { requireMayGive } from '../projects/members.ts';
import { asActor } from './authenticate.ts';
import { namespaces } from './namespaces.ts';
import { hasRole } from './roles.ts';
import { hashPassword, hashSecret, newCode } from './secrets.ts';
import { startSession } from './sessions.ts';
import { insertPerson, personById, presentPerson } from './store.ts';
import { invitations, memberships, people } from './table.ts';

/**
 * A one-time link. Into a namespace: by its maintainers, to a role no stronger than their own. Into the hub alone: by
 * everybody, since a commons grows by its members; the ledger keeps who invited whom.
 */
export async function invite(
  ctx: Context,
  {
    namespace,
    role = 'contributor',
    days,
  }: { namespace?: string | undefined; role?: Role | undefined; days: number },
) {
  const me = signedIn(ctx, 'write');
  if (namespace !== undefined) {
    const access = await authorizeNamespace(ctx, namespace, 'maintainer');
    requireMayGive(access, role);
  }
  const code = newCode();
  const expiresAt = new Date(Date.now() + days * 86_400_000);
  const into = namespace === undefined ? {} : { namespace, role };
  const id = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(invitations)
      .values({ ...into, codeHash: hashSecret(code), invitedBy: me.id, expiresAt })
      .returning({ id: invitations.id });
    if (!row) throw new Error('insert returned no row');
    await record(tx, { actor: me, action: 'invitation.create', namespace, subject: row.id, details: into });
    return row.id;
  });
  const shown = await readInvitation(ctx, code);
  return { ...shown, id, url: `${ctx.config.publicUrl}/invite/${code}` };
}

/** What an invitation is for: whoever holds the code may know. Throws GONE when it was used or is too old. */
export async function readInvitation(ctx: Context, code: string) {
  const row = await findOpen(ctx.db, code);
  const inviter = await personById(ctx.db, row.invitedBy);
  const [space] =
    row.namespace === null
      ? []
      : await ctx.db.select().from(namespaces).where(eq(namespaces.slug, row.namespace));
  return {
    id: row.id,
    ...given('namespace', row.namespace),
    ...given('namespaceTitle', space?.title),
    ...given('role', row.role),
    invitedBy: inviter.username,
    expiresAt: iso(row.expiresAt),
  };
}

export interface Acceptance {
  code: string;
  username?: string | undefined;
  name?: string | undefined;
  password?: string | undefined;
}

/** Signs up a new person, who is then signed in, or takes the signed-in one into the namespace. */
export async function acceptInvitation(ctx: Context, input: Acceptance): Promise<PersonView> {
  const me = ctx.actor && signedIn(ctx, 'write');
  const newcomer = me ? undefined : await readNewcomer(input);
  const person = await ctx.db.transaction(async (tx) => {
    const invitation = await findOpen(tx, input.code, 'lock');
    const row = newcomer
      ? await insertPerson(tx, { ...newcomer, administrator: false })
      : await personById(tx, me?.id ?? '');
    const actor = asActor(row, 'write');
    await tx
      .update(invitations)
      .set({ usedAt: new Date(), usedBy: row.id })
      .where(eq(invitations.id, invitation.id));
    if (invitation.namespace !== null && invitation.role !== null)
      await join(tx, actor, invitation.namespace, invitation.role);
    await record(tx, {
      actor,
      action: 'invitation.accept',
      namespace: invitation.namespace ?? undefined,
      subject: row.username,
      details: { invitation: invitation.id, ...given('role', invitation.role) },
    });
    return row;
  });
  if (newcomer) await startSession(ctx, person);
  return presentPerson(person);
}

async function readNewcomer({ username, name, password }: Acceptance) {
  const required = { username, name, password };
  for (const [field, value] of Object.entries(required))
    if (value === undefined)
      throw new HubError('BAD_INPUT', `To sign up, send ${field} too.`, {
        field,
        hint: 'Or sign in first, to join with the account you have.',
      });
  if (username === undefined || name === undefined || password === undefined) throw new HubError('BAD_INPUT');
  return { username, name, passwordHash: await hashPassword(password) };
}

/** An invitation never lowers a role that somebody already has. */
async function join(tx: Queries, person: Person, namespace: string, role: Role): Promise<void> {
  const mine = and(eq(memberships.namespace, namespace), eq(memberships.person, person.id));
  const [held] = await tx.select({ role: memberships.role }).from(memberships).where(mine);
  if (hasRole(held?.role, role)) return;
  await tx
    .insert(memberships)
    .values({ namespace, person: person.id, role })
    .onConflictDoUpdate({ target: [memberships.namespace, memberships.person], set: { role } });
}

async function findOpen(db: Queries, code: string, lock?: 'lock') {
  const query = db
    .select({ invitation: invitations })
    .from(invitations)
    .innerJoin(people, eq(people.id, invitations.invitedBy))
    .where(
      and(
        eq(invitations.codeHash, hashSecret(code)),
        isNotNull(invitations.invitedBy),
        isNull(invitations.usedAt),
        gt(invitations.expiresAt, sql`now()`),
      ),
    );
  const [row] = await (lock ? query.for('update', { of: invitations }) : query);
  const inviter = row?.invitation.invitedBy;
  if (!row || inviter === null || inviter === undefined)
    throw new HubError('GONE', 'This invitation was used or has expired. Ask for a new one.');
  return { ...row.invitation, invitedBy: inviter };
}
