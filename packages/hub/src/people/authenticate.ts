import { HubError } from '@banyan/contract';
import { and, eq, gt } from 'drizzle-orm';
import type { Actor, Person } from '../context.ts';
import type { Database } from '../db/connection.ts';
import { sites } from '../sites/table.ts';
import { hashSecret } from './secrets.ts';
import { people, sessions, tokens } from './table.ts';

const lastUseResolutionMs = 60_000;

/**
 * Who sends this request: by bearer token (`authorization: Bearer hf_...`), or by session cookie. Undefined when it
 * carries neither. Throws NOT_SIGNED_IN or TOKEN_EXPIRED for a token that no longer opens anything: a client that
 * believes to be somebody must hear that it is not.
 */
export async function authenticate(
  db: Database,
  authorization: string | undefined,
  session: string | undefined,
): Promise<Actor | undefined> {
  if (authorization !== undefined) {
    const [, token] = /^Bearer\s+(\S+)$/i.exec(authorization) ?? [];
    if (token === undefined)
      throw new HubError('NOT_SIGNED_IN', 'The authorization header must be "Bearer hf_...".');
    return actorOfToken(db, token);
  }
  return session === undefined ? undefined : personOfSession(db, session);
}

/** The person or site that holds a token. Throws NOT_SIGNED_IN, TOKEN_EXPIRED. */
export async function actorOfToken(db: Database, secret: string): Promise<Actor> {
  const [row] = await db
    .select({ token: tokens, person: people, site: sites })
    .from(tokens)
    .leftJoin(people, eq(people.id, tokens.person))
    .leftJoin(sites, eq(sites.id, tokens.site))
    .where(eq(tokens.secretHash, hashSecret(secret)));
  if (!row) throw new HubError('NOT_SIGNED_IN', 'This hub does not know that token.');
  const { token, person, site } = row;
  const now = Date.now();
  if (token.revokedAt || (token.expiresAt && token.expiresAt.getTime() <= now))
    throw new HubError('TOKEN_EXPIRED');
  if (!token.lastUsedAt || token.lastUsedAt.getTime() < now - lastUseResolutionMs)
    await db
      .update(tokens)
      .set({ lastUsedAt: new Date(now) })
      .where(eq(tokens.id, token.id));
  if (site) return { kind: 'site', siteId: site.id, siteName: site.name };
  if (person) return asActor(person, token.scope);
  throw new Error(`token ${token.id} has no holder`);
}

async function personOfSession(db: Database, secret: string): Promise<Person | undefined> {
  const [row] = await db
    .select({ person: people })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.person))
    .where(and(eq(sessions.secretHash, hashSecret(secret)), gt(sessions.expiresAt, new Date())));
  return row && asActor(row.person, 'write');
}

export function asActor(person: typeof people.$inferSelect, scope: Person['scope']): Person {
  const { id, username, administrator } = person;
  return { kind: 'person', id, username, administrator, scope };
}
