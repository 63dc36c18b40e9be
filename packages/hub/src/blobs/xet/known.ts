import { HubError } from '@banyan/contract';
import {
  buildShard,
  type ChunkPlace,
  hashText,
  hashToBytes,
  parseKnownRequest,
  writeKnownAnswer,
  type XetHash,
} from '@banyan/contract/xet';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Services } from '../../context.ts';
import { repositoryBlobs } from '../../repositories/versions-table.ts';
import { uploads } from '../table.ts';
import { unpackIndex } from './chunk-index.ts';
import { blobSegments, xorbChunks, xorbs } from './table.ts';
import type { XetAccess } from './tokens.ts';
import { offered, visibleXorbs } from './visible.ts';

type Stores = Pick<Services, 'db'>;

/** About 4 GiB of a file, and an answer of about 3 MB. */
const xorbsTold = 64;
const toldForSeconds = 86_400;
/** Chunks that one query looks for. */
const askedAtOnce = 5000;

/**
 * What the hub knows around a chunk, as a shard: the xorb that has it, and those of which the file around it is made.
 * Clients ask for few chunks, one in a thousand, so that the answer must reach far. Throws NOT_FOUND when no xorb that the
 * token may see has the chunk.
 */
export async function shardAround(
  { db }: Stores,
  access: XetAccess,
  chunk: XetHash,
): Promise<Uint8Array<ArrayBuffer>> {
  const usable = and(sql`(${visibleXorbs(access)})`, offered());
  const [found] = await db
    .select({ id: xorbs.id })
    .from(xorbChunks)
    .innerJoin(xorbs, eq(xorbs.id, xorbChunks.xorb))
    .where(and(eq(xorbChunks.hash, Buffer.from(hashToBytes(chunk))), usable))
    .orderBy(xorbs.id)
    .limit(1);
  if (!found) throw new HubError('NOT_FOUND');
  const [file] = await db
    .select({ sha256: blobSegments.sha256, offsetBytes: blobSegments.offsetBytes })
    .from(blobSegments)
    .where(
      and(
        eq(blobSegments.xorb, found.id),
        sql`(${blobSegments.sha256} in (select ${repositoryBlobs.sha256} from ${repositoryBlobs}
            where ${repositoryBlobs.repository} = ${access.repository.id})
          or ${blobSegments.sha256} in (select ${uploads.sha256} from ${uploads}
            where ${uploads.uploader} = ${access.person.id}))`,
      ),
    )
    .limit(1);
  // From the chunk on first, then what is before it.
  const around = file
    ? await db
        .select({ id: blobSegments.xorb })
        .from(blobSegments)
        .where(eq(blobSegments.sha256, file.sha256))
        .groupBy(blobSegments.xorb)
        .orderBy(
          sql`max(${blobSegments.offsetBytes}) < ${file.offsetBytes}`,
          sql`min(${blobSegments.offsetBytes})`,
        )
        .limit(xorbsTold)
    : [];
  const rows = await db
    .select({ hash: xorbs.hash, chunks: xorbs.chunks })
    .from(xorbs)
    .where(and(inArray(xorbs.id, [found.id, ...around.map(({ id }) => id)]), usable))
    .limit(xorbsTold + 1);
  const told = rows.map(({ hash, chunks }) => {
    const index = unpackIndex(chunks);
    return {
      hash,
      storedBytes: index.at(-1)?.end ?? 0,
      chunks: index.map((one) => ({ hash: hashText(one.hash), sizeBytes: one.sizeBytes })),
    };
  });
  const expires = Math.floor(Date.now() / 1000) + toldForSeconds;
  return buildShard({ files: [], xorbs: told }, { expires });
}

/** Which of these chunks the hub has, and where: for clients that ask for all they have. Throws BAD_INPUT. */
export async function placesOf({ db }: Stores, access: XetAccess, question: Buffer): Promise<Buffer> {
  const hashes = parseKnownRequest(question);
  const places = new Map<XetHash, ChunkPlace>();
  const wanted = [...new Set(hashes)];
  for (let at = 0; at < wanted.length; at += askedAtOnce) {
    const some = wanted.slice(at, at + askedAtOnce).map((hash) => Buffer.from(hashToBytes(hash)));
    const rows = await db
      .selectDistinctOn([xorbChunks.hash], {
        hash: xorbChunks.hash,
        xorb: xorbs.hash,
        index: xorbChunks.index,
      })
      .from(xorbChunks)
      .innerJoin(xorbs, eq(xorbs.id, xorbChunks.xorb))
      .where(
        and(
          sql`${xorbChunks.hash} = any(${sql.param(some)}::bytea[])`,
          sql`(${visibleXorbs(access)})`,
          offered(),
        ),
      )
      .orderBy(xorbChunks.hash, xorbs.id);
    for (const { hash, xorb, index } of rows) places.set(hashText(hash), { xorb, index });
  }
  return Buffer.from(writeKnownAnswer(hashes.map((hash) => places.get(hash))));
}
