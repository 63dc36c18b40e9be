import { HubError } from '../errors.ts';
import { maxChunkBytes } from './chunker.ts';
import { chunkHash, type HashedChunk, type XetHash, xorbHash } from './hash.ts';
import { packLz4, unpackLz4 } from './lz4.ts';

/**
 * A xorb is up to 64 MiB of chunks, one after the other: each has a header of eight bytes (version 0, stored length in three bytes,
 * scheme, length in three bytes) and its bytes, plain or compressed. (xet-core, `cas_object/src/cas_chunk_format.rs`.)
 */
export const maxXorbBytes = 64 * 1024 * 1024;
export const maxXorbChunks = 8192;
/** A xorb as it travels: each chunk with its header, and perhaps a footer, which is not looked at. */
export const maxXorbBodyBytes = maxXorbBytes + maxXorbChunks * 8 + 1024 * 1024;
export const chunkHeaderBytes = 8;
const maxStoredChunkBytes = 256 * 1024;
const footerMark = new TextEncoder().encode('XETBLOB');
const scheme = { none: 0, lz4: 1, groupedLz4: 2 } as const;

export interface XorbChunk extends HashedChunk {
  /** Where the chunk, header included, lies in the body: [start, end). */
  start: number;
  end: number;
}

export interface Xorb {
  hash: XetHash;
  /** All chunks unpacked. */
  sizeBytes: number;
  chunks: XorbChunk[];
  /** Where the last chunk ends; a footer may follow. */
  bodyBytes: number;
}

const damaged = (why: string): HubError => new HubError('BAD_INPUT', `This xorb is damaged: ${why}.`);

/** Reads a whole xorb: every chunk is unpacked and hashed. Throws BAD_INPUT when it is cut, damaged or too large. */
export function parseXorb(body: Uint8Array): Xorb {
  if (body.length > maxXorbBodyBytes) throw damaged('it is larger than 64 MiB');
  const chunks: XorbChunk[] = [];
  let sizeBytes = 0;
  let start = 0;
  while (start < body.length && !isFooter(body, start)) {
    if (chunks.length === maxXorbChunks) throw damaged(`it has more than ${maxXorbChunks} chunks`);
    const { bytes, end } = unpackChunk(body, start);
    chunks.push({ hash: chunkHash(bytes), sizeBytes: bytes.length, start, end });
    sizeBytes += bytes.length;
    start = end;
  }
  if (chunks.length === 0) throw damaged('it holds no chunk');
  return { hash: xorbHash(chunks), sizeBytes, chunks, bodyBytes: start };
}

const isFooter = (body: Uint8Array, start: number): boolean =>
  footerMark.every((byte, index) => body[start + index] === byte);

/** The chunk at `start`, unpacked (perhaps a view into the body), and where the next begins. Its hash is not verified. */
export function unpackChunk(body: Uint8Array, start: number): { bytes: Uint8Array; end: number } {
  if (start + chunkHeaderBytes > body.length) throw damaged('it ends within a chunk');
  const number3 = (at: number): number => body[at]! | (body[at + 1]! << 8) | (body[at + 2]! << 16);
  const [version, storedBytes, kind, sizeBytes] = [
    body[start],
    number3(start + 1),
    body[start + 4],
    number3(start + 5),
  ];
  if (version !== 0) throw damaged('a chunk has an unknown version');
  if (sizeBytes === 0 || sizeBytes > maxChunkBytes || storedBytes > maxStoredChunkBytes)
    throw damaged('a chunk has an impossible length');
  const end = start + chunkHeaderBytes + storedBytes;
  if (end > body.length) throw damaged('it ends within a chunk');
  const stored = body.subarray(start + chunkHeaderBytes, end);
  if (kind === scheme.none) {
    if (storedBytes !== sizeBytes) throw damaged('a chunk has two lengths');
    return { bytes: stored, end };
  }
  if (kind !== scheme.lz4 && kind !== scheme.groupedLz4) throw damaged('a chunk is packed in an unknown way');
  const bytes = new Uint8Array(sizeBytes);
  unpackLz4(stored, bytes);
  return { bytes: kind === scheme.lz4 ? bytes : ungroup(bytes), end };
}

/** Byte grouping: numbers of four bytes, stored as all their first bytes, all their second bytes, and so on. */
function ungroup(grouped: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(grouped.length);
  let at = 0;
  for (let lane = 0; lane < 4; lane++)
    for (let index = lane; index < bytes.length; index += 4) bytes[index] = grouped[at++]!;
  return bytes;
}

/** A number in three bytes. */
const three = (value: number): number[] => [value & 255, (value >> 8) & 255, value >> 16];

/** One chunk as a xorb has it, in pieces: its header and its bytes, compressed when that pays and `compress` is not false. */
export function packPieces(bytes: Uint8Array, compress = true): [header: Uint8Array, stored: Uint8Array] {
  const packed = compress ? packLz4(bytes) : undefined;
  const stored = packed ?? bytes;
  const kind = packed === undefined ? scheme.none : scheme.lz4;
  return [Uint8Array.from([0, ...three(stored.length), kind, ...three(bytes.length)]), stored];
}

/** The same in one piece. */
export function packChunk(bytes: Uint8Array, compress = true): Uint8Array<ArrayBuffer> {
  const [header, stored] = packPieces(bytes, compress);
  const chunk = new Uint8Array(header.length + stored.length);
  chunk.set(header);
  chunk.set(stored, header.length);
  return chunk;
}
