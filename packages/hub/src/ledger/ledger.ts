import type { LedgerEntry } from '@banyan/contract';
import { and, asc, desc, eq, gt, lt, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { numberCursor, toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { namespacesOf } from '../people/roles.ts';
import { authorizeNamespace, signedIn } from '../policy.ts';
import { genesis, hashLine } from './record.ts';
import { ledger } from './table.ts';

/**
 * Of one namespace: for those who see it. Else my own deeds and those in namespaces of mine. Administrators see no
 * more: the names of private things are private too.
 */
export async function listLedger(
  ctx: Context,
  {
    namespace,
    limit,
    cursor,
  }: { namespace?: string | undefined; limit: number; cursor?: string | undefined },
) {
  const me = signedIn(ctx);
  const before = numberCursor(cursor);
  if (namespace !== undefined) await authorizeNamespace(ctx, namespace, 'reader');
  const mine = or(eq(ledger.actor, me.username), sql`${ledger.namespace} in ${namespacesOf(me)}`);
  const rows = await ctx.db
    .select()
    .from(ledger)
    .where(
      and(
        namespace === undefined ? mine : eq(ledger.namespace, namespace),
        before === undefined ? undefined : lt(ledger.sequence, before),
      ),
    )
    .orderBy(desc(ledger.sequence))
    .limit(limit + 1);
  return toPage(rows, limit, (row) => String(row.sequence), present);
}

const batch = 1000;

/** Recomputes every hash from the first line: a changed, missing or added line breaks the chain from there on. */
export async function verifyLedger(ctx: Context) {
  signedIn(ctx);
  let previous = genesis;
  let entries = 0;
  for (;;) {
    const lines = await ctx.db
      .select()
      .from(ledger)
      .where(gt(ledger.sequence, entries))
      .orderBy(asc(ledger.sequence))
      .limit(batch);
    for (const { hash, ...line } of lines) {
      if (line.sequence !== entries + 1 || hash !== hashLine(previous, line))
        return { entries, intact: false, firstBroken: line.sequence };
      previous = hash;
      entries = line.sequence;
    }
    if (lines.length < batch) return { entries, intact: true };
  }
}

const present = (row: typeof ledger.$inferSelect): LedgerEntry => ({
  sequence: row.sequence,
  at: iso(row.at),
  ...given('actor', row.actor),
  action: row.action,
  ...given('namespace', row.namespace),
  subject: row.subject,
  details: row.details,
  hash: row.hash,
});
