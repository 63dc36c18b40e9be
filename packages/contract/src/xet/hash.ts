import { createBLAKE3 } from 'hash-wasm';
import { HubError } from '../errors.ts';

/**
 * A hash in Xet's text form: 64 hexadecimal digits, where each group of eight bytes is written backwards (it is the text of four
 * little-endian 64-bit words). Chunks, xorbs, files and verification ranges are named so, and in a shard the sha256 too.
 */
export type XetHash = string;

/** A stretch of bytes by its hash: a chunk of a xorb or of a file. */
export interface HashedChunk {
  hash: XetHash;
  sizeBytes: number;
}

export const hashBytes = 32;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The text form of the 32 bytes at `start`. */
export function hashText(bytes: Uint8Array, start = 0): XetHash {
  let text = '';
  for (let word = 0; word < hashBytes; word += 8)
    for (let index = 7; index >= 0; index--) text += hexOfByte[bytes[start + word + index]!];
  return text;
}

/** Writes a hash's 32 bytes at `start`. Throws BAD_INPUT for what is no hash. */
export function writeHash(hash: XetHash, into: Uint8Array, start = 0): void {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new HubError('BAD_INPUT', `${hash.slice(0, 80)} is no hash.`);
  for (let index = 0; index < hashBytes; index++) {
    const from = 2 * ((index & ~7) + 7 - (index & 7));
    into[start + index] = Number.parseInt(hash.slice(from, from + 2), 16);
  }
}

export function hashToBytes(hash: XetHash): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hashBytes);
  writeHash(hash, bytes);
  return bytes;
}

/** BLAKE3 with a key; the keys keep the four kinds of hashes apart (xet-core, `merklehash/src/data_hash.rs`). */
async function keyed(key: readonly number[]): Promise<(bytes: Uint8Array) => Uint8Array> {
  const hasher = await createBLAKE3(256, Uint8Array.from(key));
  return (bytes) => hasher.init().update(bytes).digest('binary');
}

/** What chunks are hashed with; for those who bring a BLAKE3 of their own. */
export const chunkKey: readonly number[] = [
  102, 151, 245, 119, 91, 149, 80, 222, 49, 53, 203, 172, 165, 151, 24, 28, 157, 228, 33, 16, 155, 235, 43,
  88, 180, 208, 176, 75, 147, 173, 242, 41,
];
const hashChunk = await keyed(chunkKey);
const hashNode = await keyed([
  1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230, 93, 221, 83, 111, 55, 199, 109,
  210, 248, 99, 82, 230, 74, 83, 113, 63,
]);
const hashFile = await keyed(Array.from({ length: hashBytes }, () => 0));
const hashRange = await keyed([
  127, 24, 87, 214, 206, 86, 237, 102, 18, 127, 249, 19, 231, 165, 195, 243, 164, 205, 38, 213, 181, 219, 73,
  230, 65, 36, 152, 127, 40, 251, 148, 195,
]);

const noHash: XetHash = '0'.repeat(64);
const ascii = new TextEncoder();

export const chunkHash = (bytes: Uint8Array): XetHash => hashText(hashChunk(bytes));

/**
 * The root of a Merkle tree whose shape its hashes decide: a node takes two to nine children and ends after one, from the third
 * on, whose last word is divisible by four. (xet-core, `merklehash/src/aggregated_hashes.rs`.)
 */
function aggregate(chunks: readonly HashedChunk[]): XetHash {
  let level = chunks;
  while (level.length > 1) {
    const above: HashedChunk[] = [];
    for (let start = 0; start < level.length; ) {
      const end = nodeEnd(level, start);
      let text = '';
      let sizeBytes = 0;
      for (let index = start; index < end; index++) {
        const child = level[index]!;
        text += `${child.hash} : ${child.sizeBytes}\n`;
        sizeBytes += child.sizeBytes;
      }
      above.push({ hash: hashText(hashNode(ascii.encode(text))), sizeBytes });
      start = end;
    }
    level = above;
  }
  return level[0]?.hash ?? noHash;
}

function nodeEnd(level: readonly HashedChunk[], start: number): number {
  if (level.length - start <= 2) return level.length;
  const most = Math.min(start + 9, level.length);
  for (let index = start + 2; index < most; index++)
    if (Number.parseInt(level[index]!.hash.slice(-2), 16) % 4 === 0) return index + 1;
  return most;
}

/** What a xorb is called: the root over its chunks, in order. */
export const xorbHash = aggregate;

/** What a file is called: the root over its chunks, hashed once more. An empty file is 64 zeros. */
export const fileHash = (chunks: readonly HashedChunk[]): XetHash =>
  chunks.length === 0 ? noHash : hashText(hashFile(hashToBytes(aggregate(chunks))));

/** Proves in a shard that who names a range of a xorb knows its chunks. */
export function verificationHash(chunks: readonly { hash: XetHash }[]): XetHash {
  const all = new Uint8Array(chunks.length * hashBytes);
  for (const [index, { hash }] of chunks.entries()) writeHash(hash, all, index * hashBytes);
  return hashText(hashRange(all));
}
