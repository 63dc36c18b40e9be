import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { HubError } from '@banyan/contract';
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import type { Services } from '../../context.ts';
import { asDiskFull, syncFolder } from '../disk-files.ts';
import { forgetProgress } from './progress.ts';
import { uploadParts, uploadSessions } from './table.ts';

export type Stores = Pick<Services, 'db' | 'blobs' | 'config'>;
export type SessionRow = typeof uploadSessions.$inferSelect;

/** An upload in parts that is not complete yet. */
export interface OpenUpload {
  id: string;
  sizeBytes: number;
  /** Of every part but the last, which holds the rest. */
  partBytes: number;
  /** How many parts there are, numbered from 1; none of an empty file. */
  parts: number;
  /** The numbers of those that are durably here, ascending. */
  received: number[];
  expiresAt: Date;
}

export interface NewUpload {
  /** A person's id. */
  uploader: string;
  sizeBytes: number;
  sha256?: string | undefined;
  partBytes?: number | undefined;
}

export const minPartBytes = 64 << 10;
export const maxPartBytes = 1 << 30;
export const maxParts = 10_000;
const usualPartBytes = 16 << 20;
const keptForDays = 7;
/** One Git LFS batch begins up to 256 at once. */
const maxOpenUploads = 1000;
const maxOpenBytes = 2 ** 41;

/**
 * Begins an upload, or takes up the one that this person began for the same bytes: a client that was killed sends what
 * is not in `received`. Throws BAD_INPUT for a part size that does not fit, TOO_MANY when too much is open.
 */
export async function beginUpload(services: Stores, upload: NewUpload): Promise<OpenUpload> {
  const { uploader, sizeBytes, sha256 } = upload;
  const partBytes = upload.partBytes ?? usualPartSize(sizeBytes);
  if (partBytes < minPartBytes || partBytes > maxPartBytes || sizeBytes > partBytes * maxParts)
    throw new HubError(
      'BAD_INPUT',
      `partBytes: from ${minPartBytes} to ${maxPartBytes}, so that there are at most ${maxParts} parts.`,
      { field: 'partBytes' },
    );
  const row = await services.db.transaction(async (tx) => {
    // One person's uploads begin one after the other, so that the limits hold.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`uploads of ${uploader}`}, 0))`);
    const mine = and(
      eq(uploadSessions.uploader, uploader),
      isNull(uploadSessions.completedAt),
      gt(uploadSessions.expiresAt, new Date()),
    );
    if (sha256 !== undefined) {
      const [same] = await tx
        .select()
        .from(uploadSessions)
        .where(
          and(
            mine,
            eq(uploadSessions.sha256, sha256),
            eq(uploadSessions.sizeBytes, sizeBytes),
            ...(upload.partBytes === undefined ? [] : [eq(uploadSessions.partBytes, partBytes)]),
          ),
        )
        .limit(1);
      if (same) return same;
    }
    const [open] = await tx
      .select({
        count: sql<number>`count(*)::int`,
        bytes: sql<number>`coalesce(sum(${uploadSessions.sizeBytes}), 0)::float8`,
      })
      .from(uploadSessions)
      .where(mine);
    if (open && (open.count >= maxOpenUploads || open.bytes + sizeBytes > maxOpenBytes))
      throw new HubError('TOO_MANY', 'You have too many uploads open. Complete or cancel some first.');
    const expiresAt = new Date(Date.now() + keptForDays * 86_400_000);
    const [row] = await tx
      .insert(uploadSessions)
      .values({ uploader, sizeBytes, partBytes, sha256, expiresAt })
      .returning();
    if (!row) throw new Error('insert returned no row');
    // Before anybody sees the row: an upload that is found has its file, though the hub be killed now.
    await makeFile(services, row);
    return row;
  });
  return present(services, row);
}

/** Throws NOT_FOUND, and GONE once it is complete or expired. */
export async function uploadState(services: Stores, id: string): Promise<OpenUpload> {
  return present(services, await openSession(services, id));
}

/** Drops an upload and its bytes; no matter if it is not there. */
export async function cancelUpload(services: Stores, id: string): Promise<void> {
  await services.db.delete(uploadSessions).where(eq(uploadSessions.id, id));
  forgetProgress(id);
  await rm(fileOf(services, id), { force: true });
}

/** Drops what was begun long ago and never finished; and forgets those that were. */
export async function expireUploads(services: Stores, now = new Date()): Promise<number> {
  const old = await services.db
    .select({ id: uploadSessions.id })
    .from(uploadSessions)
    .where(lt(uploadSessions.expiresAt, now))
    .limit(1000);
  for (const { id } of old) await cancelUpload(services, id);
  return old.length;
}

/** The row of an upload, whether complete or not. Throws NOT_FOUND, and GONE when it has expired. */
export async function findSession({ db }: Stores, id: string): Promise<SessionRow> {
  const [row] = await db.select().from(uploadSessions).where(eq(uploadSessions.id, id));
  if (!row) throw new HubError('NOT_FOUND', 'There is no such upload.');
  if (row.expiresAt.getTime() <= Date.now())
    throw new HubError('GONE', 'This upload has expired. Begin a new one.');
  return row;
}

export async function openSession(services: Stores, id: string): Promise<SessionRow> {
  const row = await findSession(services, id);
  if (row.completedAt) throw new HubError('GONE', 'This upload is complete.');
  return row;
}

export async function receivedParts({ db }: Pick<Stores, 'db'>, id: string): Promise<number[]> {
  const rows = await db
    .select({ number: uploadParts.number })
    .from(uploadParts)
    .where(eq(uploadParts.session, id))
    .orderBy(uploadParts.number);
  return rows.map((row) => row.number);
}

export const partsOf = ({ sizeBytes, partBytes }: Pick<SessionRow, 'sizeBytes' | 'partBytes'>): number =>
  Math.ceil(sizeBytes / partBytes);

export const folderOf = ({ config }: Pick<Stores, 'config'>): string => path.join(config.home, 'uploads');
export const fileOf = (services: Pick<Stores, 'config'>, id: string): string =>
  path.join(folderOf(services), id);

function usualPartSize(sizeBytes: number): number {
  const whole = 1 << 20;
  return Math.max(usualPartBytes, Math.ceil(sizeBytes / maxParts / whole) * whole);
}

/** One sparse file of the whole size: each part is written at its place, and nothing is copied in the end. */
async function makeFile(services: Stores, { id, sizeBytes }: SessionRow): Promise<void> {
  const file = fileOf(services, id);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'w', 0o600);
    try {
      await handle.truncate(sizeBytes);
    } finally {
      await handle.close();
    }
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(file, { force: true });
    throw asDiskFull(error);
  }
}

async function present(services: Stores, row: SessionRow): Promise<OpenUpload> {
  const { id, sizeBytes, partBytes, expiresAt } = row;
  const received = await receivedParts(services, id);
  return { id, sizeBytes, partBytes, parts: partsOf(row), received, expiresAt };
}
