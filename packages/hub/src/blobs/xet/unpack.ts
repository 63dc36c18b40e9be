import { HubError } from '@banyan/contract';
import { decompressFrameSync } from 'lz4-napi';

/**
 * A chunk in a xorb: a header of eight bytes (version 0, stored length in three bytes, scheme, length in three bytes), then
 * its bytes: plain, as an LZ4 frame, or grouped by the place of each byte in words of four and then as an LZ4 frame.
 */
export const headerBytes = 8;
const maxChunkBytes = 128 << 10;
/** What LZ4 may add to bytes that it cannot make smaller. */
const maxStoredBytes = maxChunkBytes + 1024;
const plain = 0;
const lz4 = 1;
const groupedLz4 = 2;

export interface ChunkHeader {
  storedBytes: number;
  sizeBytes: number;
  scheme: number;
}

/** Whether a chunk is stored as it is. */
export const isPlain = ({ scheme }: ChunkHeader): boolean => scheme === plain;

export const damagedXorb = (why: string): HubError =>
  new HubError('BAD_INPUT', `This xorb is damaged: ${why}.`);

/** Reads the header at `at`, eight bytes of which must be there. Throws BAD_INPUT for lengths that cannot be. */
export function readHeader(bytes: Buffer, at: number): ChunkHeader {
  const header = {
    storedBytes: bytes.readUIntLE(at + 1, 3),
    scheme: bytes.readUInt8(at + 4),
    sizeBytes: bytes.readUIntLE(at + 5, 3),
  };
  const { storedBytes, sizeBytes, scheme } = header;
  if (bytes[at] !== 0) throw damagedXorb('a chunk has an unknown version');
  if (scheme > groupedLz4) throw damagedXorb('a chunk is packed in an unknown way');
  if (sizeBytes === 0 || sizeBytes > maxChunkBytes || storedBytes > maxStoredBytes)
    throw damagedXorb('a chunk has an impossible length');
  if (scheme === plain && storedBytes !== sizeBytes) throw damagedXorb('a chunk has two lengths');
  return header;
}

/**
 * The chunk's own bytes, perhaps a view into `stored`. Throws BAD_INPUT when they are not as long as the header says: a
 * frame that unpacks to far more (at most 255 times its size) is noticed at the first such chunk.
 */
export function unpack(stored: Buffer, { scheme, sizeBytes }: ChunkHeader): Buffer {
  if (scheme === plain) return stored;
  let bytes: Buffer;
  try {
    bytes = decompressFrameSync(stored);
  } catch {
    throw damagedXorb('a compressed chunk cannot be unpacked');
  }
  if (bytes.length !== sizeBytes) throw damagedXorb('a chunk unpacks to another length than it says');
  return scheme === lz4 ? bytes : ungroup(bytes);
}

function ungroup(grouped: Buffer): Buffer {
  const { length } = grouped;
  const bytes = Buffer.allocUnsafe(length);
  const run = (lane: number) => Math.ceil((length - lane) / 4);
  const second = run(0);
  const third = second + run(1);
  const fourth = third + run(2);
  const whole = length >> 2;
  for (let word = 0, at = 0; word < whole; word++, at += 4) {
    bytes[at] = grouped[word] as number;
    bytes[at + 1] = grouped[second + word] as number;
    bytes[at + 2] = grouped[third + word] as number;
    bytes[at + 3] = grouped[fourth + word] as number;
  }
  const starts = [0, second, third];
  for (let at = whole * 4; at < length; at++)
    bytes[at] = grouped[(starts[at & 3] as number) + whole] as number;
  return bytes;
}
