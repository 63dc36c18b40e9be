import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { sql } from 'drizzle-orm';
import type { Services } from '../context.ts';
import { holdBytes, requireBytes } from './bytes.ts';
import { gitOidOf } from './git-oid.ts';
import { isOneOf } from './is-one-of.ts';
import type { Stored } from './store.ts';
import { blobs, uploads } from './table.ts';
import { xorbs } from './xet/table.ts';

/** Each waits for its fsync most of the time: so many at once keep a disk busy. */
const atOnce = 32;

/**
 * Stores many small contents that a person brings, all at once: written side by side, noted in one transaction. Answers
 * their addresses, in order. The contents are in memory already; for anything large there is `upload`. Throws DISK_FULL,
 * UNAVAILABLE.
 */
export async function uploadSmall(
  { db, blobs: store }: Pick<Services, 'db' | 'blobs'>,
  uploader: string,
  contents: readonly Buffer[],
): Promise<Stored[]> {
  const all = contents.map((content) => ({
    sha256: hash('sha256', content),
    sizeBytes: content.length,
    gitOid: gitOidOf(content),
    content,
  }));
  const distinct = [...new Map(all.map((one) => [one.sha256, one])).values()];
  if (distinct.length === 0) return [];
  const todo = [...distinct];
  await Promise.all(
    Array.from({ length: Math.min(atOnce, todo.length) }, async () => {
      for (let one = todo.pop(); one; one = todo.pop())
        await store.put(Readable.from([one.content]), { expectedSha256: one.sha256 });
    }),
  );
  // In one order, so that two of these never wait for each other.
  const stored = distinct.map(({ content: _, ...row }) => row).sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const hashes = stored.map(({ sha256 }) => sha256);
  await db.transaction(async (tx) => {
    await holdBytes(tx);
    await tx
      .insert(blobs)
      .values(stored)
      .onConflictDoUpdate({
        target: blobs.sha256,
        set: { sizeBytes: sql`excluded.size_bytes`, gitOid: sql`excluded.git_oid` },
      });
    await tx
      .insert(uploads)
      .values(hashes.map((sha256) => ({ sha256, uploader })))
      // Their time of grace begins anew.
      .onConflictDoUpdate({ target: [uploads.sha256, uploads.uploader], set: { createdAt: new Date() } });
    const rows = await tx.select().from(blobs).where(isOneOf(blobs.sha256, hashes));
    const inChunks = new Set(rows.filter((row) => row.assembled).map(({ sha256 }) => sha256));
    // The same bytes are here in chunks: once is enough, unless they are themselves a xorb.
    const kept = await tx
      .select({ sha256: xorbs.sha256 })
      .from(xorbs)
      .where(isOneOf(xorbs.sha256, [...inChunks]));
    const needed = new Set(kept.map(({ sha256 }) => sha256));
    const twice = [...inChunks].filter((sha256) => !needed.has(sha256));
    await Promise.all(twice.map((sha256) => store.remove(sha256)));
    await requireBytes(
      store,
      hashes.filter((sha256) => !inChunks.has(sha256)),
    );
  });
  return all.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }));
}
