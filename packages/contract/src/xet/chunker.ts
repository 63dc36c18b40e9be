import { openGear } from './gear.ts';
import { chunkHash, type HashedChunk, type XetHash } from './hash.ts';

export const minChunkBytes = 8 * 1024;
export const maxChunkBytes = 128 * 1024;
/** The hash sees the last 64 bytes; scanning starts as late as its window allows before the first possible boundary. */
const unscannedBytes = minChunkBytes - 64 - 1;

export interface Chunk extends HashedChunk {
  bytes: Uint8Array<ArrayBuffer>;
}

export interface Chunker {
  /** Takes further bytes (copied) and gives the chunks they complete. A chunk's bytes are the caller's to keep. */
  push(bytes: Uint8Array): Chunk[];
  /** The last chunk, unless there is nothing left; the chunker may be used again for another file. */
  end(): Chunk | undefined;
}

/**
 * Cuts a stream where its content says so: 8 to 128 KiB, 64 KiB on average, so that an insertion changes the chunks it touches
 * and no others. The boundaries are those of xet-core (`deduplication/src/chunking.rs`), whatever pieces the bytes come in. `hash` may be another
 * BLAKE3 with `chunkKey`: native code, where there is some, is ten times as fast.
 */
export function openChunker(hash: (bytes: Uint8Array) => XetHash = chunkHash): Chunker {
  const gear = openGear(maxChunkBytes);
  const { window } = gear;
  let filled = 0;
  let scanned = unscannedBytes;

  const cut = (end: number): Chunk => {
    const bytes = window.slice(0, end);
    const chunk = { hash: hash(bytes), sizeBytes: end, bytes };
    window.copyWithin(0, end, filled);
    filled -= end;
    scanned = unscannedBytes;
    gear.reset();
    return chunk;
  };

  /** The end of the first chunk in the window, if that is certain yet. */
  const boundary = (): number | undefined => {
    while (scanned < filled) {
      const end = gear.scan(scanned, filled);
      scanned = end === -1 ? filled : end;
      // A match before the window of the hash is full says nothing of the content.
      if (end >= minChunkBytes) return end;
    }
    return filled === maxChunkBytes ? maxChunkBytes : undefined;
  };

  return {
    push(bytes) {
      const chunks: Chunk[] = [];
      for (let taken = 0; taken < bytes.length; ) {
        const room = Math.min(maxChunkBytes - filled, bytes.length - taken);
        window.set(bytes.subarray(taken, taken + room), filled);
        filled += room;
        taken += room;
        for (let end = boundary(); end !== undefined; end = boundary()) chunks.push(cut(end));
      }
      return chunks;
    },
    end() {
      return filled === 0 ? undefined : cut(filled);
    },
  };
}
