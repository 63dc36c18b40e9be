import { HubError, type Person as PersonView } from '@banyan/contract';
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Database, Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { asActor } from './authenticate.ts';
import { hashPassword, hashSecret, newCode } from './secrets.ts';
import { startSession } from './sessions.ts';
import { insertPerson, presentPerson } from './store.ts';
import { invitations, people } from './table.ts';

/** A set-up code is an invitation that nobody sent: it makes the hub's first administrator. */
const isSetup = isNull(invitations.invitedBy);
const setupLock = 0x5e7a9;
const hoursValid = 24 * 7;

/** Whether no owner can sign in yet. One made on the hub's machine (admin.ts) has tokens, but no password. */
export async function needsSetup(db: Queries): Promise<boolean> {
  const [row] = await db
    .select({ id: people.id })
    .from(people)
    .where(and(eq(people.administrator, true), isNotNull(people.passwordHash)))
    .limit(1);
  return row === undefined;
}

/** A new one-time set-up code for a hub without an owner, which voids the earlier ones; undefined once it has one. */
export async function issueSetupCode(db: Database): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${setupLock})`);
    if (!(await needsSetup(tx))) return undefined;
    await tx.delete(invitations).where(isSetup);
    const code = newCode();
    const expiresAt = new Date(Date.now() + hoursValid * 3_600_000);
    await tx.insert(invitations).values({ codeHash: hashSecret(code), expiresAt });
    return code;
  });
}

/** Makes the owner and signs them in. Throws GONE when the code is not, or no longer, good. */
export async function setUp(
  ctx: Context,
  input: { code: string; username: string; name: string; password: string },
): Promise<PersonView> {
  const passwordHash = await hashPassword(input.password);
  const person = await ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${setupLock})`);
    const [used] = await tx
      .delete(invitations)
      .where(
        and(isSetup, eq(invitations.codeHash, hashSecret(input.code)), sql`${invitations.expiresAt} > now()`),
      )
      .returning();
    if (!used || !(await needsSetup(tx)))
      throw new HubError('GONE', 'This set-up link was used or replaced.', {
        hint: 'The hub prints the current one on its console when it starts, until it has an owner.',
      });
    const row = await insertPerson(tx, { ...input, passwordHash, administrator: true });
    await record(tx, { actor: asActor(row, 'write'), action: 'hub.setup', subject: row.username });
    return row;
  });
  await startSession(ctx, person);
  return presentPerson(person);
}
