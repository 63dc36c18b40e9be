import { chunkKey, hashText, type XetHash } from '@banyan/contract/xet';
import { Blake3Hasher } from '@napi-rs/blake-hash';

const hasher = Blake3Hasher.newKeyed(Buffer.from(chunkKey));

/** The contract's `chunkHash`, by native code. */
export function hashChunk(bytes: Uint8Array): XetHash {
  hasher.reset();
  return hashText(hasher.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).digestBuffer());
}
