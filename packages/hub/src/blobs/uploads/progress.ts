import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { busyMs, hashRange, Leader } from './leader.ts';

export interface Upload {
  id: string;
  file: string;
  sizeBytes: number;
  partBytes: number;
}

/** Parts on their way wait while at most so many are read back: not for all that is there after a restart. */
const awaitedParts = 8;

/**
 * How far an upload has been hashed. The sha256 of a whole needs its bytes in order: the part that is next is hashed as it
 * comes, others are read back from the file when their turn has come, so that little is left to do at the end. It lives in
 * memory alone: after a restart the file is read again.
 */
export class Progress {
  readonly #upload: Upload;
  #hash = createHash('sha256');
  /** Parts 1 to this are in the hash, though the last of them may not be durable yet. */
  #hashed = 0;
  readonly #durable = new Set<number>();
  #reading: Promise<void> | undefined;
  #leader: Leader | undefined;

  constructor(upload: Upload) {
    this.#upload = upload;
  }

  /** Notes that these parts are durable, and hashes on as far as they reach; does not wait for it. */
  note(numbers: readonly number[]): void {
    for (const number of numbers) this.#durable.add(number);
    void this.#readOn();
  }

  /** Makes a part that is on its way the leader, if it is the next in order. Who asked must `end` or `drop` it. */
  lead(number: number): Leader | undefined {
    if (this.#reading || this.#leader || number !== this.#hashed + 1) return undefined;
    const { file, partBytes } = this.#upload;
    // A part that does not come to its end must not leave half of it in the hash.
    const from = { hash: this.#hash.copy(), file, start: this.#hashed * partBytes };
    this.#leader = new Leader(from, (hash) => {
      this.#leader = undefined;
      if (!hash) return;
      this.#hash = hash;
      this.#hashed += 1;
      void this.#readOn();
    });
    return this.#leader;
  }

  /**
   * Whether the leader's bytes come faster than they are taken, or a few parts are being read back. Other parts had better
   * wait then, or they would have to be read back too; over a slow line each has its share.
   */
  get busy(): boolean {
    if (this.#reading) return this.#durable.size - this.#hashed <= awaitedParts;
    return this.#leader?.busy === true;
  }

  /** Resolves when it is not busy any more: first for the part that is next. */
  async turnOf(number: number): Promise<void> {
    while (this.busy) {
      // That reading failed is told by `digest`.
      const end = this.#reading?.catch(() => {}) ?? this.#leader?.ended;
      await Promise.race([end, sleep(busyMs)]);
      // Of those that waited, the one that is next goes first.
      if (number !== this.#hashed + 1) await setImmediate();
    }
  }

  /** The sha256 of the whole, all of whose `parts` are durable. Throws when they cannot be read. */
  async digest(parts: number): Promise<string> {
    for (let number = 1; number <= parts; number++) this.#durable.add(number);
    while (this.#hashed < parts) await (this.#readOn() ?? this.#leader?.ended);
    return this.#hash.copy().digest('hex');
  }

  /** To be called when a part that is in the hash comes to nothing: the hash is begun anew, from the file. */
  forget(): void {
    if (uploads.get(this.#upload.id) === this) uploads.delete(this.#upload.id);
  }

  #readOn(): Promise<void> | undefined {
    if (this.#leader || !this.#durable.has(this.#hashed + 1)) return this.#reading;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    // Whoever completes the upload meets the same failure again, and reports it.
    this.#reading.catch(() => {});
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { file, sizeBytes, partBytes } = this.#upload;
    const handle = await open(file, 'r');
    try {
      while (this.#durable.has(this.#hashed + 1)) {
        const start = this.#hashed * partBytes;
        const hash = this.#hash.copy();
        await hashRange(handle, hash, start, Math.min(sizeBytes, start + partBytes));
        this.#hash = hash;
        this.#hashed += 1;
      }
    } finally {
      await handle.close();
    }
  }
}

const uploads = new Map<string, Progress>();

export const findProgress = (id: string): Progress | undefined => uploads.get(id);

/** The progress of an upload, which begins with the parts `received` if there is none yet. */
export function progressOf(upload: Upload, received: readonly number[]): Progress {
  const there = uploads.get(upload.id);
  if (there) return there;
  const progress = new Progress(upload);
  uploads.set(upload.id, progress);
  progress.note(received);
  return progress;
}

export function forgetProgress(id: string): void {
  uploads.delete(id);
}
