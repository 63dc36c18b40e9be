import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Services } from '../context.ts';
import { isOneOf } from './is-one-of.ts';
import { readBlob } from './read.ts';
import { blobs } from './table.ts';

/** How many small blobs are read at once to compute what Git calls them. */
const readAtOnce = 16;

/** What Git calls these blobs, of at most 10 MiB each: known from before, or computed now and kept. */
export async function gitOidsOf(
  services: Pick<Services, 'db' | 'blobs'>,
  hashes: string[],
): Promise<Map<string, string>> {
  const { db } = services;
  // In one order, so that two of these never wait for each other.
  const rows = await db.select().from(blobs).where(isOneOf(blobs.sha256, hashes)).orderBy(blobs.sha256);
  const oids = new Map<string, string>();
  for (const { sha256, gitOid } of rows) if (gitOid !== null) oids.set(sha256, gitOid);
  const unknown = rows.filter(({ gitOid }) => gitOid === null);
  for (let start = 0; start < unknown.length; start += readAtOnce)
    await Promise.all(
      unknown.slice(start, start + readAtOnce).map(async ({ sha256, sizeBytes }) => {
        const hash = createHash('sha1').update(`blob ${sizeBytes}\0`);
        for await (const chunk of await readBlob(services, sha256)) hash.update(chunk as Buffer);
        oids.set(sha256, hash.digest('hex'));
      }),
    );
  if (unknown.length === 0) return oids;
  const names = unknown.map(({ sha256 }) => sha256);
  const found = unknown.map(({ sha256 }) => oids.get(sha256) ?? null);
  await db.execute(sql`
    update ${blobs} set git_oid = found.oid
    from unnest(${sql.param(names)}::text[], ${sql.param(found)}::text[]) as found (sha256, oid)
    where ${blobs.sha256} = found.sha256`);
  return oids;
}
