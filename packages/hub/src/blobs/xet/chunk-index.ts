/**
 * Where the chunks of a xorb lie, as its row keeps it: for each chunk 40 bytes, its hash (32), where it ends in the xorb's
 * bytes (u32, little-endian) and how long it is unpacked (u32).
 */
export const entryBytes = 40;

export interface PlacedChunk {
  /** 32 raw bytes. */
  hash: Buffer;
  /** Where the chunk, header included, lies in the xorb: [start, end). */
  start: number;
  end: number;
  /** Unpacked. */
  sizeBytes: number;
}

export function packIndex(chunks: readonly Omit<PlacedChunk, 'start'>[]): Buffer {
  const index = Buffer.alloc(chunks.length * entryBytes);
  for (const [number, { hash, end, sizeBytes }] of chunks.entries()) {
    hash.copy(index, number * entryBytes);
    index.writeUInt32LE(end, number * entryBytes + 32);
    index.writeUInt32LE(sizeBytes, number * entryBytes + 36);
  }
  return index;
}

/** The chunks of an index, or of a stretch of one whose first chunk starts at `start`. */
export function unpackIndex(index: Buffer, start = 0): PlacedChunk[] {
  const chunks: PlacedChunk[] = [];
  for (let at = 0; at < index.length; at += entryBytes) {
    const end = index.readUInt32LE(at + 32);
    const from = chunks.at(-1)?.end ?? start;
    chunks.push({
      hash: index.subarray(at, at + 32),
      start: from,
      end,
      sizeBytes: index.readUInt32LE(at + 36),
    });
  }
  return chunks;
}
