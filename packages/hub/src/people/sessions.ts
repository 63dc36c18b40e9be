import { HubError, type Person as PersonView } from '@banyan/contract';
import { eq, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { signedIn } from '../policy.ts';
import { hashSecret, newCode, passwordMatches } from './secrets.ts';
import { findPerson, type PersonRow, presentPerson } from './store.ts';
import { sessions } from './table.ts';

export const sessionDays = 30;

/** In 15 minutes (services.ts): of one name from one address, and of all names, since each takes a while to look at. */
const [failuresByName, failuresByAddress] = [10, 100];

export async function signIn(
  ctx: Context,
  { username, password }: { username: string; password: string },
): Promise<PersonView> {
  const { address } = ctx.request;
  const key = `${address} ${username}`;
  limit(ctx, address, failuresByAddress);
  limit(ctx, key, failuresByName);
  const person = await findPerson(ctx.db, username);
  if (!(await passwordMatches(person?.passwordHash ?? undefined, password)) || !person)
    throw new HubError('WRONG_PASSWORD');
  ctx.signIns.forget(key);
  ctx.signIns.takeBack(address);
  await startSession(ctx, person);
  return presentPerson(person);
}

/** Throws TOO_MANY, and says when to come again, after so many failures of late. */
function limit(ctx: Context, key: string, failures: number): void {
  const waitMs = ctx.signIns.begin(key, failures);
  if (waitMs === undefined) return;
  ctx.request.retryAfter(Math.ceil(waitMs / 1000));
  throw new HubError('TOO_MANY', `Too many failed attempts. Try again in ${Math.ceil(waitMs / 60_000)} min.`);
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
