import { sql } from 'drizzle-orm';
import type { Services } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { releaseBytes } from './bytes.ts';
import { isOneOf } from './is-one-of.ts';
import { blobs } from './table.ts';

type Stores = Pick<Services, 'db' | 'blobs'>;

/** How many rows one round looks at, and how many blobs one transaction deletes. */
const windowRows = 20_000;
const atOnce = 200;

/** A collection that goes on where the round before stopped. */
export interface Round {
  /** Blobs up to this sha256 were looked at. */
  after: string;
  deleted: number;
}

/**
 * Deletes blobs that nothing refers to: no repository, no xorb, no job that is still to run or runs, and no upload younger
 * than `graceMs`. One round looks at a bounded number of rows; `after` of its answer is where the next begins ('' is the
 * start). Safe beside uploads and commits: rows are locked and looked at again before they go, and the bytes follow when
 * the row is gone for good (bytes.ts). What else keeps a blob is added to `unused`.
 */
export async function collectBlobs(
  services: Stores,
  { graceMs, after = '', now = new Date() }: { graceMs: number; after?: string; now?: Date },
): Promise<Round> {
  const before = new Date(now.getTime() - graceMs);
  const { rows } = await services.db.execute<{ sha256: string; unused: boolean }>(sql`
    select sha256, ${unused(before)} as unused
      from (select * from blobs where sha256 > ${after} order by sha256 limit ${windowRows}) blobs
      order by sha256`);
  const candidates = rows.filter((row) => row.unused).map(({ sha256 }) => sha256);
  let deleted = 0;
  for (let start = 0; start < candidates.length; start += atOnce)
    deleted += await deleteUnused(services, candidates.slice(start, start + atOnce), before);
  const last = rows.length === windowRows ? rows.at(-1) : undefined;
  return { after: last?.sha256 ?? '', deleted };
}

/** Whether a row of `blobs` is garbage: one place says what keeps a blob. */
const unused = (before: Date) => sql`(
  blobs.created_at <= ${before.toISOString()}::timestamptz
  and not exists (select from repository_blobs r where r.sha256 = blobs.sha256)
  and not exists (select from xorbs x where x.sha256 = blobs.sha256)
  and not exists (select from uploads u where u.sha256 = blobs.sha256 and (
    u.created_at > ${before.toISOString()}::timestamptz
    or exists (select from jobs j where j.id = u.uploader and j.state in ('queued', 'running')))))`;

async function deleteUnused(services: Stores, candidates: string[], before: Date): Promise<number> {
  const gone = await services.db.transaction((tx) => deleteRows(tx, candidates, before));
  await releaseBytes(services, gone);
  return gone.length;
}

async function deleteRows(tx: Queries, candidates: string[], before: Date): Promise<string[]> {
  // Whoever comes to refer to one of these holds its row or waits here: what is asked after the lock is so.
  const locked = await tx
    .select({ sha256: blobs.sha256 })
    .from(blobs)
    .where(isOneOf(blobs.sha256, candidates))
    .orderBy(blobs.sha256)
    .for('update', { skipLocked: true });
  const hashes = locked.map(({ sha256 }) => sha256);
  const { rows } = await tx.execute<{ sha256: string }>(sql`
    delete from blobs where ${isOneOf(blobs.sha256, hashes)} and ${unused(before)} returning sha256`);
  return rows.map(({ sha256 }) => sha256);
}

/** How many bytes of the store are compared with the rows at once. */
const straysAtOnce = 1000;

/**
 * Deletes bytes of the store that no row names and that are older than `graceMs`: left when a hub was killed between its
 * two steps. Walks over the whole store; answers how many went.
 */
export async function collectStrays(
  services: Stores,
  { graceMs, now = new Date() }: { graceMs: number; now?: Date },
): Promise<number> {
  let deleted = 0;
  let old: string[] = [];
  const release = async () => {
    const rows = await services.db
      .select({ sha256: blobs.sha256 })
      .from(blobs)
      .where(isOneOf(blobs.sha256, old));
    const noted = new Set(rows.map(({ sha256 }) => sha256));
    deleted += await releaseBytes(
      services,
      old.filter((sha256) => !noted.has(sha256)),
    );
    old = [];
  };
  for await (const { sha256, storedAt } of services.blobs.list()) {
    if (storedAt.getTime() > now.getTime() - graceMs) continue;
    old.push(sha256);
    if (old.length === straysAtOnce) await release();
  }
  await release();
  return deleted;
}
