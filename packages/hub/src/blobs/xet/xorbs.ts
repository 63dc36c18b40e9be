import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HubError } from '@banyan/contract';
import type { XetHash } from '@banyan/contract/xet';
import { and, eq, inArray, isNotNull, isNull, lt, notExists, sql } from 'drizzle-orm';
import type { Services } from '../../context.ts';
import type { Database, Queries } from '../../db/connection.ts';
import { repositoryBlobs } from '../../repositories/versions-table.ts';
import { holdBytes, releaseBytes, requireBytes } from '../bytes.ts';
import { blobs, uploads } from '../table.ts';
import { type CheckedXorb, checkXorb } from './check.ts';
import { packIndex, unpackIndex } from './chunk-index.ts';
import { blobSegments, xorbChunks, xorbs, xorbUploads } from './table.ts';
import { orphansKeptForDays } from './visible.ts';

type Stores = Pick<Services, 'db' | 'blobs'>;

/**
 * Takes a xorb that a person brings, and verifies every chunk of it; when it answers, the xorb is durable and theirs to
 * use. One that is here already must be sent nevertheless: to name it is not to have it. Throws BAD_INPUT, CHECKSUM,
 * DISK_FULL, UNAVAILABLE.
 */
export async function takeXorb(
  services: Stores,
  uploader: string,
  hash: XetHash,
  body: Readable,
): Promise<void> {
  const checked = checkXorb(hash);
  const known = await findXorb(services.db, hash);
  if (known) {
    await pipeline(body, checked.through, new Writable({ write: (_chunk, _encoding, done) => done() }));
    return bringAgain(services.db, known.id, uploader);
  }
  // What goes wrong on the way in ends the stream that is put, which reports it.
  pipeline(body, checked.through).catch(() => {});
  const stored = await services.blobs.put(checked.through);
  const place = await services.db.transaction(async (tx) => {
    await holdBytes(tx);
    const kept = await note(tx, uploader, hash, stored, checked.chunks);
    if (kept === stored.sha256) await requireBytes(services.blobs, [kept]);
    return kept;
  });
  // The same chunks, packed in another way, came at the same time.
  if (place !== stored.sha256) await releaseBytes(services, [stored.sha256]);
}

/** Notes that a person has brought a xorb that is here. Throws UNAVAILABLE when it was collected meanwhile. */
async function bringAgain(db: Database, id: number, uploader: string): Promise<void> {
  await db.transaction(async (tx) => {
    // Its time of grace begins anew.
    const [still] = await tx
      .update(xorbs)
      .set({ orphanedAt: null })
      .where(eq(xorbs.id, id))
      .returning({ id: xorbs.id });
    if (!still)
      throw new HubError('UNAVAILABLE', 'This xorb was being deleted while it arrived. Send it again.');
    await tx.insert(xorbUploads).values({ xorb: id, uploader }).onConflictDoNothing();
  });
}

export async function findXorb(db: Queries, hash: XetHash) {
  const [row] = await db
    .select({ id: xorbs.id, sha256: xorbs.sha256 })
    .from(xorbs)
    .where(eq(xorbs.hash, hash));
  return row;
}

/** Returns where the xorb's bytes are: one may have come first. */
async function note(
  tx: Queries,
  uploader: string,
  hash: XetHash,
  stored: { sha256: string; sizeBytes: number },
  chunks: CheckedXorb['chunks'],
): Promise<string> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`xorb ${hash}`}, 0))`);
  let row = await findXorb(tx, hash);
  if (!row) {
    await tx
      .insert(blobs)
      .values(stored)
      .onConflictDoUpdate({ target: blobs.sha256, set: { sizeBytes: stored.sizeBytes } });
    [row] = await tx
      .insert(xorbs)
      .values({ hash, sha256: stored.sha256, chunks: packIndex(chunks) })
      .returning({ id: xorbs.id, sha256: xorbs.sha256 });
    if (!row) throw new Error('insert returned no row');
    const { id } = row;
    // Two parameters, however many chunks there are.
    await tx.execute(sql`insert into ${xorbChunks} (hash, xorb, index)
      select hash, ${id}, place - 1
      from unnest(${sql.param(chunks.map((chunk) => chunk.hash))}::bytea[]) with ordinality as given (hash, place)
      on conflict do nothing`);
  }
  await tx.insert(xorbUploads).values({ xorb: row.id, uploader }).onConflictDoNothing();
  return row.sha256;
}

/**
 * Lets go of xorbs of which no blob has been made for long. Safe beside uploads: a xorb that a blob comes to refer to
 * meanwhile stays. Returns how many went.
 */
export async function collectXorbs(
  services: Stores,
  { now = new Date(), keptForDays = orphansKeptForDays } = {},
): Promise<number> {
  const { db } = services;
  const unused = notExists(
    db.select({ one: sql`1` }).from(blobSegments).where(eq(blobSegments.xorb, xorbs.id)),
  );
  await db
    .update(xorbs)
    .set({ orphanedAt: null })
    .where(and(isNotNull(xorbs.orphanedAt), sql`not ${unused}`));
  await db
    .update(xorbs)
    .set({ orphanedAt: now })
    .where(and(isNull(xorbs.orphanedAt), unused));
  const old = new Date(now.getTime() - keptForDays * 86_400_000);
  const candidates = await db
    .select({ id: xorbs.id })
    .from(xorbs)
    .where(and(lt(xorbs.orphanedAt, old), unused))
    .limit(1000);
  let gone = 0;
  for (const { id } of candidates) if (await dropXorb(services, id)) gone += 1;
  return gone;
}

async function dropXorb(services: Stores, id: number): Promise<boolean> {
  const dropped = await services.db.transaction(async (tx) => {
    // The lock keeps a blob from coming to refer to it, whose row needs this one.
    const [row] = await tx.select().from(xorbs).where(eq(xorbs.id, id)).for('update');
    if (!row) return undefined;
    const [used] = await tx.select().from(blobSegments).where(eq(blobSegments.xorb, id)).limit(1);
    if (used) return undefined;
    const hashes = unpackIndex(row.chunks).map(({ hash }) => hash);
    await tx.delete(xorbChunks).where(and(eq(xorbChunks.xorb, id), inArray(xorbChunks.hash, hashes)));
    await tx.delete(xorbs).where(eq(xorbs.id, id));
    await tx.select().from(blobs).where(eq(blobs.sha256, row.sha256)).for('update');
    const refers = (table: typeof uploads | typeof repositoryBlobs) =>
      notExists(tx.select({ one: sql`1` }).from(table).where(eq(table.sha256, row.sha256)));
    const [gone] = await tx
      .delete(blobs)
      .where(and(eq(blobs.sha256, row.sha256), refers(uploads), refers(repositoryBlobs)))
      .returning();
    return gone ? [row.sha256] : [];
  });
  if (dropped) await releaseBytes(services, dropped);
  return dropped !== undefined;
}
