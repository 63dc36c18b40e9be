import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { iso } from '../../db/present.ts';
import { ancestry, countAncestry } from '../../repositories/versions.ts';
import { type Address, open } from './addresses.ts';
import { pageSize } from './inputs.ts';
import { findRevision, findRevisionIfAny } from './revisions.ts';

const query = z.object({
  limit: pageSize(1000).default(50),
  cursor: z.string().max(40).optional(),
  /** A page's number from 0, of clients that count. */
  p: z.coerce.number().int().min(0).max(100_000).optional(),
});

/** Commits, newest first; `total` counts all that the revision has. */
export async function readCommits(ctx: Context, address: Address, asked: unknown) {
  const { limit, cursor, p = 0 } = readInput(query, asked);
  const { repository } = await open(ctx, address, 'see');
  const head = await findRevisionIfAny(ctx, repository, address['*'] ?? '');
  if (head === undefined) return { items: [], total: 0, next: undefined };
  const from = cursor === undefined ? head : await findRevision(ctx, repository, cursor);
  const skipped = cursor === undefined ? p * limit : 0;
  const rows = await ancestry(ctx.db, repository.id, from.id, skipped + limit + 1);
  return {
    items: rows.slice(skipped, skipped + limit).map((row) => ({
      id: row.id,
      title: row.message,
      message: row.description ?? '',
      formatted: { title: row.message, message: row.description ?? '' },
      authors: [{ user: row.author, avatar: '/banyan.svg' }],
      date: iso(row.createdAt),
    })),
    total: await countAncestry(ctx.db, repository.id, head.id),
    next: rows[skipped + limit]?.id,
  };
}
