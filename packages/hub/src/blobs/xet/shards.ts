import { createHash } from 'node:crypto';
import { HubError } from '@banyan/contract';
import {
  hashText,
  parseShard,
  type ShardFile,
  type ShardSegment,
  verificationHash,
} from '@banyan/contract/xet';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Services } from '../../context.ts';
import { maxBlobBytes } from '../blobs.ts';
import { blobs, uploads } from '../table.ts';
import { entryBytes, unpackIndex } from './chunk-index.ts';
import { bytesOf, type Segment } from './read.ts';
import { blobSegments, xorbs } from './table.ts';
import type { XetAccess } from './tokens.ts';
import { visibleXorbs } from './visible.ts';

type Stores = Pick<Services, 'db' | 'blobs'>;

export interface Progress {
  verified: number;
  total: number;
}

/** What a shard holds: its files, not yet verified. Throws BAD_INPUT. */
export function readShard(bytes: Buffer): ShardFile[] {
  const { files } = parseShard(bytes, 'files');
  for (const file of files)
    if (file.sha256 === undefined)
      throw new HubError('BAD_INPUT', 'A file of this shard has no sha256: this hub knows files by it.');
  if (files.reduce((sum, file) => sum + sizeOf(file), 0) > maxBlobBytes) throw new HubError('TOO_LARGE');
  return files;
}

/**
 * Makes blobs of a shard's files, which the token's person may commit from then on. Each file is read through once: its
 * bytes must have the sha256 that the shard says. (Its Xet hash is not kept, and so not looked at.) Throws BAD_INPUT for
 * chunks that are not there or that the token may not see, CHECKSUM.
 */
export async function registerFiles(
  services: Stores,
  access: XetAccess,
  files: readonly ShardFile[],
  options: { progress?: (progress: Progress) => void; signal?: AbortSignal } = {},
): Promise<void> {
  const ids = await findXorbs(services, access, files);
  for (const [index, file] of files.entries()) {
    options.progress?.({ verified: index, total: files.length });
    await verifyFile(services, ids, file, options.signal);
    await keepFile(services, access, ids, file);
  }
}

const sizeOf = ({ segments }: ShardFile): number =>
  segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

type Found = Map<string, { id: number; sha256: string }>;

async function findXorbs({ db }: Stores, access: XetAccess, files: readonly ShardFile[]): Promise<Found> {
  const hashes = [...new Set(files.flatMap(({ segments }) => segments.map(({ xorb }) => xorb)))];
  const found: Found = new Map();
  for (let at = 0; at < hashes.length; at += 1000) {
    const rows = await db
      .select({ id: xorbs.id, hash: xorbs.hash, sha256: xorbs.sha256 })
      .from(xorbs)
      .where(and(inArray(xorbs.hash, hashes.slice(at, at + 1000)), sql`(${visibleXorbs(access)})`));
    for (const { hash, ...row } of rows) found.set(hash, row);
  }
  const missing = hashes.find((hash) => !found.has(hash));
  if (missing !== undefined)
    throw new HubError(
      'BAD_INPUT',
      `The xorb ${missing} is not on this hub, or not yours to use: it is neither among those that you uploaded nor in this repository.`,
      {
        hint: 'If your client remembers it from elsewhere, delete its cache (for hf_xet: ~/.cache/huggingface/xet) and upload again.',
      },
    );
  return found;
}

async function verifyFile(
  services: Stores,
  ids: Found,
  file: ShardFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hash = createHash('sha256');
  const segments = placeSegments(services, ids, file);
  for await (const bytes of bytesOf(services, segments, 0, sizeOf(file))) {
    signal?.throwIfAborted();
    hash.update(bytes);
  }
  const found = hash.digest('hex');
  if (found !== file.sha256)
    throw new HubError('CHECKSUM', `A file of this shard has the sha256 ${found}, not ${file.sha256}.`);
}

/** The segments with their chunks, which are checked against what the shard says of them. */
async function* placeSegments(services: Stores, ids: Found, file: ShardFile): AsyncGenerator<Segment> {
  let offsetBytes = 0;
  for (const segment of file.segments) {
    const xorb = ids.get(segment.xorb);
    if (!xorb) throw new HubError('BAD_INPUT');
    const chunks = await readChunks(services, xorb.id, segment);
    const { sizeBytes } = segment;
    if (chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0) !== sizeBytes)
      throw new HubError(
        'BAD_INPUT',
        `A segment of this shard says that it has ${sizeBytes} bytes; it has not.`,
      );
    const proof = verificationHash(chunks.map((chunk) => ({ hash: hashText(chunk.hash) })));
    if (segment.verification !== undefined && segment.verification !== proof)
      throw new HubError('BAD_INPUT', 'A segment of this shard has a wrong verification hash.');
    yield { offsetBytes, sizeBytes, xorb: xorb.sha256, chunks };
    offsetBytes += sizeBytes;
  }
}

async function readChunks({ db }: Stores, xorb: number, { start, end }: ShardSegment) {
  const from = Math.max(0, start - 1);
  const [row] = await db
    .select({
      index: sql<Buffer>`substring(${xorbs.chunks} from ${from * entryBytes + 1}::int for ${(end - from) * entryBytes}::int)`,
    })
    .from(xorbs)
    .where(eq(xorbs.id, xorb));
  const chunks = unpackIndex(row?.index ?? Buffer.alloc(0));
  if (chunks.length !== end - from)
    throw new HubError('BAD_INPUT', 'A segment of this shard names chunks that its xorb does not have.');
  return start === 0 ? chunks : chunks.slice(1);
}

/** One that is here already, whole or assembled otherwise, stays as it is. */
async function keepFile({ db }: Stores, access: XetAccess, ids: Found, file: ShardFile): Promise<void> {
  const sha256 = file.sha256 ?? '';
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`blob ${sha256}`}, 0))`);
    const [known] = await tx.select().from(blobs).where(eq(blobs.sha256, sha256)).for('update');
    if (!known) {
      await tx.insert(blobs).values({ sha256, sizeBytes: sizeOf(file), assembled: true });
      let offsetBytes = 0;
      const rows = file.segments.map(({ xorb, sizeBytes, start, end }) => {
        const row = {
          sha256,
          offsetBytes,
          sizeBytes,
          xorb: ids.get(xorb)?.id ?? -1,
          chunkStart: start,
          chunkEnd: end,
        };
        offsetBytes += sizeBytes;
        return row;
      });
      for (let at = 0; at < rows.length; at += 5000)
        await tx.insert(blobSegments).values(rows.slice(at, at + 5000));
    }
    await tx
      .insert(uploads)
      .values({ sha256, uploader: access.person.id })
      // Its time of grace begins anew.
      .onConflictDoUpdate({ target: [uploads.sha256, uploads.uploader], set: { createdAt: new Date() } });
  });
}
