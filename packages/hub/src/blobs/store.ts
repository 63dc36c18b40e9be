import type { Readable } from 'node:stream';

/** Bytes by their sha256. */
export interface BlobStore {
  /** Stores a stream, durably, and answers its address. Refuses with CHECKSUM when it is not `expected`. */
  put(body: Readable, expected?: string): Promise<{ sha256: string; sizeBytes: number }>;
  has(sha256: string): Promise<boolean>;
  /** Undefined when there is no such blob. `end` is the last byte wanted. */
  sizeBytes(sha256: string): Promise<number | undefined>;
  read(sha256: string, range?: { start: number; end: number }): Readable;
}
