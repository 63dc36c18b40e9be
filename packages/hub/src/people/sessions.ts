import { HubError, type Person as PersonView } from '@banyan/contract';
import { eq, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { signedIn } from '../policy.ts';
import { hashSecret, newCode, passwordMatches } from './secrets.ts';
import { findPerson, type PersonRow, presentPerson } from './store.ts';
import { sessions } from './table.ts';

export const sessionDays = 30;

export async function signIn(
  ctx: Context,
  { username, password }: { username: string; password: string },
): Promise<PersonView> {
  const key = `${ctx.request.address} ${username}`;
  ctx.signIns.check(key);
  const person = await findPerson(ctx.db, username);
  if (!(await passwordMatches(person?.passwordHash ?? undefined, password)) || !person) {
    ctx.signIns.fail(key);
    throw new HubError('WRONG_PASSWORD');
  }
  ctx.signIns.forget(key);
  await startSession(ctx, person);
  return presentPerson(person);
}

/** Gives the browser a session; the answer carries its cookie. */
export async function startSession(ctx: Context, person: PersonRow): Promise<void> {
  const secret = newCode();
  const now = Date.now();
  await ctx.db.insert(sessions).values({
    secretHash: hashSecret(secret),
    person: person.id,
    expiresAt: new Date(now + sessionDays * 86_400_000),
  });
  await ctx.db.delete(sessions).where(lt(sessions.expiresAt, new Date(now)));
  ctx.request.setSession(secret);
}

export async function signOut(ctx: Context): Promise<void> {
  signedIn(ctx);
  if (ctx.request.session !== undefined)
    await ctx.db.delete(sessions).where(eq(sessions.secretHash, hashSecret(ctx.request.session)));
  ctx.request.setSession(undefined);
}
