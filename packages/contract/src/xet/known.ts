import { ByteReader } from './bytes.ts';
import { hashBytes, writeHash, type XetHash } from './hash.ts';

/**
 * `POST {casUrl}/v1/chunks/known`: which of these chunks the hub has, and where, so that only the others travel. The question is
 * the chunks' hashes, 32 bytes each. The answer, little-endian: a u32 with the number of xorbs, their hashes (32 bytes each), then
 * for each chunk asked two u32: the xorb's number in that list (0xffffffff: not known) and the chunk's index in the xorb.
 */
export interface ChunkPlace {
  xorb: XetHash;
  index: number;
}

/** Per question: chunks of 4 GiB or so. */
export const maxKnownChunks = 65_536;
const unknown = 0xffff_ffff;

export function writeKnownRequest(hashes: readonly XetHash[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hashes.length * hashBytes);
  for (const [index, hash] of hashes.entries()) writeHash(hash, bytes, index * hashBytes);
  return bytes;
}

/** Throws BAD_INPUT unless the bytes are 1 to `maxKnownChunks` hashes. */
export function parseKnownRequest(bytes: Uint8Array): XetHash[] {
  const from = new ByteReader(bytes, 'question');
  const count = bytes.length / hashBytes;
  if (!Number.isInteger(count) || count === 0 || count > maxKnownChunks)
    throw from.damaged(`it should be 1 to ${maxKnownChunks} hashes of 32 bytes`);
  return Array.from({ length: count }, () => from.hash());
}

export function writeKnownAnswer(places: readonly (ChunkPlace | undefined)[]): Uint8Array<ArrayBuffer> {
  const numbers = new Map<XetHash, number>();
  for (const place of places)
    if (place !== undefined && !numbers.has(place.xorb)) numbers.set(place.xorb, numbers.size);
  const bytes = new Uint8Array(4 + numbers.size * hashBytes + places.length * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, numbers.size, true);
  let at = 4;
  for (const xorb of numbers.keys()) {
    writeHash(xorb, bytes, at);
    at += hashBytes;
  }
  for (const place of places) {
    view.setUint32(at, place === undefined ? unknown : numbers.get(place.xorb)!, true);
    view.setUint32(at + 4, place?.index ?? 0, true);
    at += 8;
  }
  return bytes;
}

/** The place of each of the `count` chunks asked for. Throws BAD_INPUT when the answer is not one to that question. */
export function parseKnownAnswer(bytes: Uint8Array, count: number): (ChunkPlace | undefined)[] {
  const from = new ByteReader(bytes, 'answer');
  const xorbs = from.u32();
  if (bytes.length !== 4 + xorbs * hashBytes + count * 8) throw from.damaged('it has the wrong length');
  const names = Array.from({ length: xorbs }, () => from.hash());
  return Array.from({ length: count }, () => {
    const [number, index] = [from.u32(), from.u32()];
    if (number === unknown) return undefined;
    const xorb = names[number];
    if (xorb === undefined) throw from.damaged('it names a xorb that it does not list');
    return { xorb, index };
  });
}
