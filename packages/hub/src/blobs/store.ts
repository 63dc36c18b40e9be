import type { Readable } from 'node:stream';

export interface Stored {
  sha256: string;
  sizeBytes: number;
}

export interface PutOptions {
  maxBytes?: number;
  expectedSha256?: string | undefined;
}

/** Bytes by their sha256, on a disk or elsewhere; conformance.ts holds every store to the same behaviour. */
export interface BlobStore {
  /**
   * Stores a stream durably and answers its address; until it answers, nothing of it can be read. Throws a HubError:
   * TOO_LARGE beyond `maxBytes`, CHECKSUM when the bytes are not `expectedSha256`, DISK_FULL. A stream that fails or
   * ends early leaves nothing behind.
   */
  put(body: Readable, options?: PutOptions): Promise<Stored>;
  /**
   * Takes over a file of this machine, durably written, whose sha256 and size the caller has computed: the file is gone
   * afterwards. Throws a HubError: DISK_FULL.
   */
  adopt(file: string, stored: Stored): Promise<void>;
  /** Undefined when there is no such blob. */
  sizeBytes(sha256: string): Promise<number | undefined>;
  /** The bytes from `start` to `end`, both included; all by default. The stream fails when there is no such blob. */
  read(sha256: string, range?: { start: number; end: number }): Readable;
  /** Forgets a blob; no matter if it is not there. */
  remove(sha256: string): Promise<void>;
  /** Every blob that is in the store, in no order: for the collection of garbage. */
  list(): AsyncIterable<Stored & { storedAt: Date }>;
}
