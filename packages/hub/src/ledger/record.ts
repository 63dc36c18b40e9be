import { createHash } from 'node:crypto';
import type { Json } from '@banyan/contract';
import { desc, sql } from 'drizzle-orm';
import type { Actor, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { ledger } from './table.ts';

export interface Deed {
  actor: Actor | Pick<Person, 'kind' | 'username'> | undefined;
  /** noun.verb, as in `run.create`. */
  action: string;
  namespace?: string | undefined;
  /** What it was done to, by its name: `dataset flora/iris`, a run's id, a user name. */
  subject: string;
  details?: { [key: string]: Json };
}

export const genesis = '0'.repeat(64);
/** Any two processes of one hub use the same advisory lock; the number has no meaning. */
const chainLock = 0x1ed9e4;

/**
 * Writes one line in the transaction of the deed itself: both are kept or neither is. Lines form one chain, so this
 * waits for every other recording transaction: call it last, and commit.
 */
export async function record(tx: Queries, deed: Deed): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${chainLock})`);
  const [last] = await tx
    .select({ sequence: ledger.sequence, hash: ledger.hash })
    .from(ledger)
    .orderBy(desc(ledger.sequence))
    .limit(1);
  const site = deed.actor?.kind === 'site' ? { site: deed.actor.siteName } : {};
  const line = {
    sequence: (last?.sequence ?? 0) + 1,
    at: new Date(),
    actor: deed.actor?.kind === 'person' ? deed.actor.username : null,
    action: deed.action,
    namespace: deed.namespace ?? null,
    subject: deed.subject,
    details: { ...site, ...deed.details },
  };
  await tx.insert(ledger).values({ ...line, hash: hashLine(last?.hash ?? genesis, line) });
}

type Line = Omit<typeof ledger.$inferSelect, 'hash'>;

/** sha256 over the hash before and the line, as JSON with sorted keys (jsonb keeps no order of its own). */
export function hashLine(previous: string, line: Line): string {
  const { sequence, at, actor, action, namespace, subject, details } = line;
  const content = [previous, sequence, at.toISOString(), actor, action, namespace, subject, sorted(details)];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
