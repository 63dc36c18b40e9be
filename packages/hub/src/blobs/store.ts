import type { Readable } from 'node:stream';

export interface Stored {
  sha256: string;
  sizeBytes: number;
}

/** Bytes by their sha256, on a disk or elsewhere; conformance.ts holds every store to the same behaviour. */
export interface BlobStore {
  /**
   * Stores a stream durably and answers its address; until it answers, nothing of it can be read. Throws a HubError:
   * TOO_LARGE beyond `maxBytes`, CHECKSUM when the bytes are not `expectedSha256`, DISK_FULL. A stream that fails or
   * ends early leaves nothing behind.
   */
  put(body: Readable, options?: { maxBytes?: number; expectedSha256?: string | undefined }): Promise<Stored>;
  /** Undefined when there is no such blob. */
  sizeBytes(sha256: string): Promise<number | undefined>;
  /** The bytes from `start` to `end`, both included; all by default. The stream fails when there is no such blob. */
  read(sha256: string, range?: { start: number; end: number }): Readable;
  /** Forgets a blob; no matter if it is not there. */
  remove(sha256: string): Promise<void>;
}
