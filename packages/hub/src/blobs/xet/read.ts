import { Readable } from 'node:stream';
import { giveBack } from '@banyan/contract/xet';
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import type { BlobStore } from '../store.ts';
import { entryBytes, type PlacedChunk, unpackIndex } from './chunk-index.ts';
import { blobSegments, xorbs } from './table.ts';
import { headerBytes, readHeader, unpack } from './unpack.ts';

/** What reading needs; within a transaction, its own connection. */
export interface Readers {
  db: Queries;
  blobs: BlobStore;
}

/** Bytes are given on in pieces of this size; with what is being read and unpacked, a few of them are in memory. */
const pieceBytes = 1 << 20;
const segmentsAtOnce = 64;

/** An assembled blob from `start` to `end`, both included. */
export function readAssembled(
  services: Readers,
  { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
  range: { start: number; end: number },
): Readable {
  const end = Math.min(range.end, sizeBytes - 1) + 1;
  const segments = segmentsOf(services, sha256, range.start, end);
  return Readable.from(inPieces(bytesOf(services, segments, range.start, end)), {
    objectMode: false,
    highWaterMark: pieceBytes,
  });
}

/**
 * The bytes [start, end) of what segments make, which follow each other from the one that holds `start`. Each piece is to be
 * used before the next is asked for: its memory is given back then.
 */
export async function* bytesOf(
  services: Readers,
  segments: AsyncIterable<Segment>,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  for await (const { offsetBytes, xorb, chunks } of segments) {
    // Chunks before and after what is wanted are not even read.
    let place = offsetBytes;
    let first = 0;
    for (let size = chunks[first]?.sizeBytes; size !== undefined && place + size <= start; ) {
      place += size;
      size = chunks[++first]?.sizeBytes;
    }
    let last = first;
    for (let until = place; until < end && last < chunks.length; last++)
      until += chunks[last]?.sizeBytes ?? 0;
    for await (const bytes of chunksOf(services, xorb, chunks.slice(first, last))) {
      yield bytes.subarray(Math.max(0, start - place), Math.min(bytes.length, end - place));
      place += bytes.length;
    }
  }
}

async function* segmentsOf(
  services: Readers,
  sha256: string,
  start: number,
  end: number,
): AsyncGenerator<Segment> {
  for (let at = start; at < end; ) {
    const segments = await segmentsFrom(services, sha256, at, end);
    for (const segment of segments) {
      if (segment.offsetBytes > at) break;
      yield segment;
      at = segment.offsetBytes + segment.sizeBytes;
    }
    if (segments.length === 0 || (segments[0]?.offsetBytes ?? 0) > at)
      throw new Error(`the blob ${sha256} has no bytes at ${at}`);
  }
}

/** A run of chunks of one xorb. */
export interface Segment {
  /** Where in the blob it begins. */
  offsetBytes: number;
  sizeBytes: number;
  /** The sha256 of its bytes. */
  xorb: string;
  chunks: PlacedChunk[];
}

/** The next runs of a blob that reach into [start, end), with where their chunks lie. */
async function segmentsFrom({ db }: Readers, sha256: string, start: number, end: number): Promise<Segment[]> {
  const { chunkStart, chunkEnd, offsetBytes, sizeBytes } = blobSegments;
  // One entry before the run tells where its first chunk starts.
  const before = sql`greatest(${chunkStart} - 1, 0)`;
  const rows = await db
    .select({
      offsetBytes,
      sizeBytes,
      chunkStart,
      xorb: xorbs.sha256,
      index: sql<Buffer>`substring(${xorbs.chunks} from ${before} * ${sql.raw(String(entryBytes))} + 1
        for (${chunkEnd} - ${before}) * ${sql.raw(String(entryBytes))})`,
    })
    .from(blobSegments)
    .innerJoin(xorbs, eq(xorbs.id, blobSegments.xorb))
    .where(
      and(
        eq(blobSegments.sha256, sha256),
        lte(offsetBytes, end - 1),
        gt(sql`${offsetBytes} + ${sizeBytes}`, start),
      ),
    )
    .orderBy(offsetBytes)
    .limit(segmentsAtOnce);
  return rows.map(({ index, ...row }) => {
    const chunks = unpackIndex(index);
    return { ...row, chunks: row.chunkStart === 0 ? chunks : chunks.slice(1) };
  });
}

/** Reads chunks that lie one after the other in a xorb, and unpacks them. Each is to be used before the next is asked for. */
async function* chunksOf(
  { blobs }: Readers,
  xorb: string,
  chunks: readonly PlacedChunk[],
): AsyncGenerator<Buffer> {
  const first = chunks[0];
  const last = chunks.at(-1);
  if (!first || !last) return;
  let next = 0;
  // Of the chunk that one piece begins and the next one ends: it alone is copied.
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const read of blobs.read(xorb, { start: first.start, end: last.end - 1 })) {
    const piece = read as Buffer;
    let at = 0;
    for (let chunk = chunks[next]; chunk; chunk = chunks[++next]) {
      const stored = chunk.end - chunk.start;
      const end = at + stored - begunBytes;
      if (end > piece.length) break;
      const rest = piece.subarray(at, end);
      const bytes = begunBytes === 0 ? rest : Buffer.concat([...begun, rest], stored);
      [begun, begunBytes] = [[], 0];
      yield unpack(bytes.subarray(headerBytes), readHeader(bytes, 0));
      if (bytes !== rest) giveBack(bytes);
      at = end;
    }
    if (at < piece.length) {
      begun.push(Buffer.from(piece.subarray(at)));
      begunBytes += piece.length - at;
    }
    giveBack(piece);
  }
  if (next < chunks.length) throw new Error(`the bytes of a xorb (${xorb}) end too early`);
}

/** Gathers chunks into larger pieces: fewer and larger writes. */
async function* inPieces(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(pieceBytes);
  let filled = 0;
  for await (const part of parts)
    for (let taken = 0; taken < part.length; ) {
      const room = Math.min(pieceBytes - filled, part.length - taken);
      part.copy(piece, filled, taken, taken + room);
      filled += room;
      taken += room;
      if (filled < pieceBytes) continue;
      yield piece;
      piece = Buffer.allocUnsafe(pieceBytes);
      filled = 0;
    }
  if (filled > 0) yield piece.subarray(0, filled);
}
