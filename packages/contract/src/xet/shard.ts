import { ByteReader } from './bytes.ts';
import { maxChunkBytes } from './chunker.ts';
import { type HashedChunk, hashBytes, writeHash, type XetHash } from './hash.ts';
import { maxXorbBytes, maxXorbChunks } from './xorb.ts';

/**
 * A shard tells how files are made of xorbs' chunks, and which chunks xorbs have: records of 48 bytes, little-endian.
 * (xet-core, `mdb_shard/src/shard_format.rs`.)
 */
export interface Shard {
  files: ShardFile[];
  xorbs: ShardXorb[];
}

export interface ShardFile {
  hash: XetHash;
  /**
   * Of the whole file, in the usual text form: hf_xet reads that text as if it were a hash of its own, so that in the shard the
   * bytes of each word are reversed. Absent when the client told none.
   */
  sha256?: string;
  segments: ShardSegment[];
}

/** The chunks [start, end) of a xorb. */
export interface ShardSegment {
  xorb: XetHash;
  start: number;
  end: number;
  sizeBytes: number;
  /** `verificationHash` of those chunks. Absent when the client told none. */
  verification?: XetHash;
}

export interface ShardXorb {
  hash: XetHash;
  /** As it travels, compressed. */
  storedBytes: number;
  chunks: HashedChunk[];
}

export const maxShardBytes = 64 * 1024 * 1024;
const recordBytes = 48;
const footerBytes = 200;
const headerVersion = 2n;
const footerVersion = 1n;
const magicNumbers = [85, 105, 103, 69, 106, 123, 129, 87, 131, 165, 189, 217, 92, 205, 209, 74, 169];
const magic = Uint8Array.from([...new TextEncoder().encode('HFRepoMetaData\0'), ...magicNumbers]);
const bookend = 'f'.repeat(64);
const withVerification = 0x8000_0000;
const withMetadata = 0x4000_0000;

/**
 * Reads a shard as a stream, so that one without a footer (hf_xet's uploads) is read too; what follows the two sections is not
 * looked at; with `files`, neither is the section of the xorbs. Throws BAD_INPUT when it is cut, damaged, or says what cannot be.
 */
export function parseShard(bytes: Uint8Array, sections: 'all' | 'files' = 'all'): Shard {
  const from = new ByteReader(bytes, 'shard');
  if (bytes.length > maxShardBytes) throw from.damaged('it is larger than 64 MiB');
  if (from.take(magic.length).some((byte, index) => byte !== magic[index]))
    throw from.damaged('it does not begin as one');
  if (from.u64() !== headerVersion) throw from.damaged('it has an unknown version');
  from.u64();
  const files: ShardFile[] = [];
  for (let hash = from.hash(); hash !== bookend; hash = from.hash()) files.push(parseFile(from, hash));
  if (sections === 'files') return { files, xorbs: [] };
  from.skip(recordBytes - hashBytes);
  const xorbs: ShardXorb[] = [];
  for (let hash = from.hash(); hash !== bookend; hash = from.hash()) xorbs.push(parseXorbEntry(from, hash));
  from.skip(recordBytes - hashBytes);
  return { files, xorbs };
}

function parseFile(from: ByteReader, hash: XetHash): ShardFile {
  const flags = from.u32();
  const count = from.u32();
  from.skip(8);
  if (count * recordBytes > from.left) throw from.damaged('a file has more segments than follow');
  const segments: ShardSegment[] = [];
  for (let index = 0; index < count; index++) {
    const xorb = from.hash();
    from.u32();
    const [sizeBytes, start, end] = [from.u32(), from.u32(), from.u32()];
    if (start >= end || end > maxXorbChunks || sizeBytes > (end - start) * maxChunkBytes)
      throw from.damaged('a segment names chunks that cannot be');
    segments.push({ xorb, start, end, sizeBytes });
  }
  if (flags >= withVerification)
    for (const segment of segments) {
      segment.verification = from.hash();
      from.skip(recordBytes - hashBytes);
    }
  if ((flags & withMetadata) === 0) return { hash, segments };
  const sha256 = from.hash();
  from.skip(recordBytes - hashBytes);
  return { hash, sha256, segments };
}

function parseXorbEntry(from: ByteReader, hash: XetHash): ShardXorb {
  from.u32();
  const [count, sizeBytes, storedBytes] = [from.u32(), from.u32(), from.u32()];
  if (count > maxXorbChunks || count * recordBytes > from.left)
    throw from.damaged('a xorb has more chunks than follow or than may be');
  const chunks: HashedChunk[] = [];
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const chunk = from.hash();
    const [start, length] = [from.u32(), from.u32()];
    from.skip(8);
    if (start !== sum || length === 0 || length > maxChunkBytes)
      throw from.damaged('a chunk of a xorb is not where it should be');
    chunks.push({ hash: chunk, sizeBytes: length });
    sum += length;
  }
  if (sum !== sizeBytes || sum > maxXorbBytes) throw from.damaged('the chunks of a xorb do not add up');
  return { hash, storedBytes, chunks };
}

/** What `buildShard` may add behind the sections; clients want it in answers to "do you know this chunk?". */
export interface ShardFooter {
  /** Until when a client may use what the shard says, in seconds since 1970. Absent: for ever. */
  expires?: number;
}

/** Writes a shard; with a footer of 200 bytes (no lookup tables) when one is asked for. */
export function buildShard({ files, xorbs }: Shard, footer?: ShardFooter): Uint8Array<ArrayBuffer> {
  const records =
    files.reduce((sum, file) => sum + recordsOf(file), 0) +
    xorbs.reduce((sum, { chunks }) => sum + 1 + chunks.length, 0) +
    3;
  const bytes = new Uint8Array(records * recordBytes + (footer === undefined ? 0 : footerBytes));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const record = (hash: XetHash, ...numbers: number[]): void => {
    writeHash(hash, bytes, at);
    for (const [index, value] of numbers.entries()) view.setUint32(at + hashBytes + 4 * index, value, true);
    at += recordBytes;
  };
  bytes.set(magic);
  view.setBigUint64(32, headerVersion, true);
  view.setBigUint64(40, BigInt(footer === undefined ? 0 : footerBytes), true);
  at = recordBytes;

  for (const { hash, sha256, segments } of files) {
    const verified = isVerified(segments);
    record(
      hash,
      (verified ? withVerification : 0) + (sha256 === undefined ? 0 : withMetadata),
      segments.length,
    );
    for (const { xorb, sizeBytes, start, end } of segments) record(xorb, 0, sizeBytes, start, end);
    if (verified) for (const { verification } of segments) record(verification!);
    if (sha256 !== undefined) record(sha256);
  }
  record(bookend);
  const xorbsStart = at;
  for (const { hash, storedBytes, chunks } of xorbs) {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0);
    record(hash, 0, chunks.length, sizeBytes, storedBytes);
    let start = 0;
    for (const chunk of chunks) {
      record(chunk.hash, start, chunk.sizeBytes);
      start += chunk.sizeBytes;
    }
  }
  record(bookend);
  if (footer !== undefined) writeFooter(view, at, { files, xorbs }, xorbsStart, footer);
  return bytes;
}

const isVerified = (segments: readonly ShardSegment[]): boolean =>
  segments.every(({ verification }) => verification !== undefined);

const recordsOf = ({ segments, sha256 }: ShardFile): number =>
  1 + segments.length * (isVerified(segments) ? 2 : 1) + (sha256 === undefined ? 0 : 1);

const totalBytes = (list: readonly { sizeBytes: number }[]): bigint =>
  BigInt(list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));

function writeFooter(
  view: DataView,
  start: number,
  { files, xorbs }: Shard,
  xorbsStart: number,
  { expires }: ShardFooter,
): void {
  const numbers = new Map<number, bigint>();
  numbers.set(0, footerVersion).set(8, BigInt(recordBytes)).set(16, BigInt(xorbsStart));
  // Three lookup tables, all empty: each begins here and has no entry. Then the key that hashes are hidden by: none.
  for (const table of [24, 40, 56]) numbers.set(table, BigInt(start));
  numbers.set(104, BigInt(Math.floor(Date.now() / 1000)));
  numbers.set(112, expires === undefined ? 0xffff_ffff_ffff_ffffn : BigInt(expires));
  numbers.set(168, BigInt(xorbs.reduce((sum, { storedBytes }) => sum + storedBytes, 0)));
  numbers.set(176, totalBytes(files.flatMap(({ segments }) => segments)));
  numbers.set(184, totalBytes(xorbs.flatMap(({ chunks }) => chunks)));
  numbers.set(192, BigInt(start));
  for (const [offset, value] of numbers) view.setBigUint64(start + offset, value, true);
}
