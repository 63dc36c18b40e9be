import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { HubError } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import type { Services } from '../context.ts';
import type { Database } from '../db/connection.ts';
import { hubSecrets } from './table.ts';

type Stores = Pick<Services, 'db'>;

/**
 * Addresses, and tokens, that carry their own right: for requests that come without a person's token (parts of Git LFS
 * uploads, Xet). Everything in them is covered by an HMAC with a key that this hub made for itself.
 */
export interface Signing {
  /** What it is good for; what was signed for one purpose is refused for another. */
  purpose: string;
  expiresInSeconds: number;
  /** What the route needs to know, readable by whoever holds the address. */
  claims: Record<string, string>;
}

/** `path` with the claims, the time of expiry and the signature as its query. The path has no query of its own. */
export async function signPath(services: Stores, path: string, signing: Signing): Promise<string> {
  const query = new URLSearchParams(signing.claims);
  query.set('expires', String(expiry(signing)));
  query.set('signature', await sign(services, signing.purpose, path, query));
  return `${path}?${query}`;
}

/**
 * The claims of an address that `signPath` made for this purpose; `address` is a path with its query, as in a request.
 * Throws NOT_ALLOWED when it was not made by this hub, or not for this; GONE when it has expired.
 */
export async function verifySigned(
  services: Stores,
  address: string,
  purpose: string,
): Promise<Record<string, string>> {
  const at = address.indexOf('?');
  const path = at < 0 ? address : address.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : address.slice(at + 1));
  const signature = query.get('signature') ?? '';
  query.delete('signature');
  if (!same(signature, await sign(services, purpose, path, query)))
    throw new HubError('NOT_ALLOWED', 'This address was not signed by this hub, or was changed since.');
  if (Number(query.get('expires')) * 1000 <= Date.now())
    throw new HubError('GONE', 'This address has expired. Ask for a new one.');
  query.delete('expires');
  return Object.fromEntries(query);
}

/** The same as one opaque word, for protocols that want a bearer token. */
export async function signToken(services: Stores, signing: Signing): Promise<{ token: string; exp: number }> {
  const exp = expiry(signing);
  const query = new URLSearchParams({ ...signing.claims, expires: String(exp) });
  query.set('signature', await sign(services, signing.purpose, '', query));
  return { token: Buffer.from(String(query)).toString('base64url'), exp };
}

/** The claims of a token that `signToken` made for this purpose. Throws NOT_SIGNED_IN, TOKEN_EXPIRED. */
export async function verifyToken(
  services: Stores,
  token: string,
  purpose: string,
): Promise<Record<string, string>> {
  try {
    return await verifySigned(services, `?${Buffer.from(token, 'base64url').toString()}`, purpose);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (error.code === 'GONE') throw new HubError('TOKEN_EXPIRED');
    throw new HubError('NOT_SIGNED_IN', 'This hub did not give out that token.');
  }
}

const expiry = ({ expiresInSeconds }: Signing): number => Math.floor(Date.now() / 1000) + expiresInSeconds;

/** The order of a query's parts does not matter: proxies and clients may change it. */
async function sign({ db }: Stores, purpose: string, path: string, query: URLSearchParams): Promise<string> {
  const parts = [...query].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', await secretOf(db))
    .update(JSON.stringify([purpose, path, parts]))
    .digest('base64url');
}

function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const name = 'signing';
const secrets = new WeakMap<Database, Promise<Buffer>>();

/** Made at its first use; hubs that share a database share it. */
function secretOf(db: Database): Promise<Buffer> {
  const known = secrets.get(db);
  if (known) return known;
  const reading = readSecret(db);
  secrets.set(db, reading);
  reading.catch(() => secrets.delete(db));
  return reading;
}

async function readSecret(db: Database): Promise<Buffer> {
  await db
    .insert(hubSecrets)
    .values({ name, secret: randomBytes(32) })
    .onConflictDoNothing();
  const [row] = await db.select().from(hubSecrets).where(eq(hubSecrets.name, name));
  if (!row) throw new Error('the signing key is not in the database');
  return row.secret;
}
