import type { Readable } from 'node:stream';
import { and, eq, notExists, sql } from 'drizzle-orm';
import type { Services } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { repositoryBlobs } from '../repositories/versions-table.ts';
import { holdBytes, releaseBytes, requireBytes } from './bytes.ts';
import { isOneOf } from './is-one-of.ts';
import type { Stored } from './store.ts';
import { blobs, uploads } from './table.ts';
import { xorbs } from './xet/table.ts';

type Stores = Pick<Services, 'db' | 'blobs'>;

/** The largest blob that the hub takes: 1 TiB, beyond any model's single file. */
export const maxBlobBytes = 2 ** 40;

/** Stores bytes that a person or a job (its id) brings, at most `maxBytes`; they may commit them from now on. */
export async function upload(
  { db, blobs: store }: Stores,
  uploader: string,
  body: Readable,
  expectedSha256?: string,
  maxBytes = maxBlobBytes,
): Promise<Stored> {
  const stored = await store.put(body, { maxBytes, expectedSha256 });
  await keep({ db, blobs: store }, uploader, stored);
  return stored;
}

/** Notes bytes that the store has, and who brought them; `also` happens in the same transaction. Throws UNAVAILABLE. */
export async function keep(
  { db, blobs: store }: Stores,
  uploader: string,
  stored: Stored,
  also: (tx: Queries) => Promise<unknown> = async () => {},
): Promise<void> {
  await db.transaction(async (tx) => {
    await holdBytes(tx);
    const [row] = await tx
      .insert(blobs)
      .values(stored)
      .onConflictDoUpdate({ target: blobs.sha256, set: { sizeBytes: stored.sizeBytes } })
      .returning();
    await tx
      .insert(uploads)
      .values({ sha256: stored.sha256, uploader })
      // Its time of grace begins anew.
      .onConflictDoUpdate({ target: [uploads.sha256, uploads.uploader], set: { createdAt: new Date() } });
    await also(tx);
    if (!row?.assembled) return requireBytes(store, [stored.sha256]);
    // The same bytes are here in chunks: once is enough, unless they are themselves a xorb.
    const [xorb] = await tx.select({ id: xorbs.id }).from(xorbs).where(eq(xorbs.sha256, stored.sha256));
    if (!xorb) await store.remove(stored.sha256);
  });
}

/** Which of these blobs an uploader brought. */
export async function uploadedBy(db: Queries, uploader: string, hashes: string[]): Promise<Set<string>> {
  const rows = await db
    .select({ sha256: uploads.sha256 })
    .from(uploads)
    .where(and(eq(uploads.uploader, uploader), isOneOf(uploads.sha256, hashes)));
  return new Set(rows.map((row) => row.sha256));
}

/** Sizes by sha256, of those that exist. */
export async function sizesOf(db: Queries, hashes: string[]): Promise<Map<string, number>> {
  const rows = await db.select().from(blobs).where(isOneOf(blobs.sha256, hashes));
  return new Map(rows.map((row) => [row.sha256, row.sizeBytes]));
}

/** Deletes a blob that a job brought and needs no more (a checkpoint), unless a repository or anybody else has it. */
export async function forget(services: Stores, uploader: string, sha256: string): Promise<void> {
  const gone = await services.db.transaction(async (tx) => {
    await tx.select().from(blobs).where(eq(blobs.sha256, sha256)).for('update');
    await tx.delete(uploads).where(and(eq(uploads.sha256, sha256), eq(uploads.uploader, uploader)));
    const [gone] = await tx
      .delete(blobs)
      .where(
        and(
          eq(blobs.sha256, sha256),
          notExists(tx.select({ one: sql`1` }).from(uploads).where(eq(uploads.sha256, sha256))),
          notExists(tx.select({ one: sql`1` }).from(xorbs).where(eq(xorbs.sha256, sha256))),
          notExists(
            tx.select({ one: sql`1` }).from(repositoryBlobs).where(eq(repositoryBlobs.sha256, sha256)),
          ),
        ),
      )
      .returning();
    return gone;
  });
  if (gone) await releaseBytes(services, [sha256]);
}
