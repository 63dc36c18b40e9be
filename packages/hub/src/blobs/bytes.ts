import { HubError } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import type { Services } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { isOneOf } from './is-one-of.ts';
import type { BlobStore } from './store.ts';
import { blobs } from './table.ts';

/** Any two processes of one hub use the same advisory lock; the number has no meaning. */
const bytesLock = 0xb17e5;

/**
 * Bytes and rows are kept in step by one lock. Who notes bytes (they are in the store, the row is to come) holds it, shared,
 * from before the row to the end of the transaction, and looks for the bytes within. Who deletes bytes has it alone, and
 * looks for a row within. So a row never loses its bytes, also when the hub is killed between the two: at worst bytes
 * stay without a row, which the collection of garbage finds (collect.ts).
 */
export async function holdBytes(tx: Queries): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${bytesLock})`);
}

/** How many are asked for, or deleted, side by side. */
const atOnce = 32;

/** Throws UNAVAILABLE for bytes that were deleted after they were written, before they were noted. */
export async function requireBytes(store: BlobStore, hashes: readonly string[]): Promise<void> {
  await inTurns(hashes, async (sha256) => {
    if ((await store.sizeBytes(sha256)) === undefined)
      throw new HubError(
        'UNAVAILABLE',
        'These bytes were being deleted while they arrived. Send them again.',
      );
  });
}

/** Deletes bytes of which no row is left, after the transaction that deleted the row. */
export async function releaseBytes(
  { db, blobs: store }: Pick<Services, 'db' | 'blobs'>,
  hashes: readonly string[],
): Promise<number> {
  if (hashes.length === 0) return 0;
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${bytesLock})`);
    const rows = await tx
      .select({ sha256: blobs.sha256 })
      .from(blobs)
      .where(isOneOf(blobs.sha256, [...hashes]));
    const noted = new Set(rows.map(({ sha256 }) => sha256));
    const free = hashes.filter((sha256) => !noted.has(sha256));
    await inTurns(free, (sha256) => store.remove(sha256));
    return free.length;
  });
}

async function inTurns(hashes: readonly string[], work: (sha256: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < hashes.length; start += atOnce)
    await Promise.all(hashes.slice(start, start + atOnce).map(work));
}
