import { HubError } from '@banyan/contract';
import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { signedIn } from '../policy.ts';
import { hashSecret, newToken } from './secrets.ts';
import { tokens } from './table.ts';

export async function listTokens(ctx: Context) {
  const me = signedIn(ctx);
  const rows = await ctx.db
    .select()
    .from(tokens)
    .where(and(eq(tokens.person, me.id), isNull(tokens.revokedAt)))
    .orderBy(desc(tokens.createdAt));
  return rows.map(presentToken);
}

export interface NewToken {
  name: string;
  scope: 'read' | 'write';
  expiresInDays?: number | undefined;
}

/** Makes a token of mine. Its secret is in the answer and nowhere else. */
export async function createToken(ctx: Context, input: NewToken) {
  const me = signedIn(ctx, 'write');
  return ctx.db.transaction(async (tx) => {
    const { row, secret } = await insertToken(tx, { ...input, person: me.id });
    await record(tx, {
      actor: me,
      action: 'token.create',
      subject: row.id,
      details: { name: row.name, scope: row.scope },
    });
    return { ...presentToken(row), token: secret };
  });
}

export async function revokeToken(ctx: Context, id: string): Promise<void> {
  const me = signedIn(ctx, 'write');
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(tokens)
      .set({ revokedAt: new Date() })
      .where(and(eq(tokens.id, id), eq(tokens.person, me.id), isNull(tokens.revokedAt)))
      .returning();
    if (!row) throw new HubError('NOT_FOUND', 'You have no such token.');
    await record(tx, { actor: me, action: 'token.revoke', subject: row.id, details: { name: row.name } });
  });
}

/** A token for a person or a site; only its sha256 is kept. */
export async function insertToken(
  tx: Queries,
  { expiresInDays, ...token }: NewToken & ({ person: string } | { site: string }),
): Promise<{ row: typeof tokens.$inferSelect; secret: string }> {
  const secret = newToken();
  const expiresAt =
    expiresInDays === undefined ? undefined : new Date(Date.now() + expiresInDays * 86_400_000);
  const [row] = await tx
    .insert(tokens)
    .values({ ...token, secretHash: hashSecret(secret), expiresAt })
    .returning();
  if (!row) throw new Error('insert returned no row');
  return { row, secret };
}

function presentToken(row: typeof tokens.$inferSelect) {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    createdAt: iso(row.createdAt),
    ...given('expiresAt', row.expiresAt?.toISOString()),
    ...given('lastUsedAt', row.lastUsedAt?.toISOString()),
  };
}
