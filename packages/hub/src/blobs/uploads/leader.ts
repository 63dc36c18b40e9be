import type { Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** Others wait for a leader that has had no bytes for this long no more. */
export const busyMs = 10;
/** Node reads so much from a connection at most: when it got that, more is waiting. */
const fullPieceBytes = 64 << 10;

/** Hashes a part as it comes, after those before it. */
export class Leader {
  readonly #hash: Hash;
  readonly #from: { file: string; start: number };
  readonly #over: (hash?: Hash) => void;
  readonly #ended = Promise.withResolvers<void>();
  #busyUntil = performance.now() + busyMs;

  constructor({ hash, ...from }: { hash: Hash; file: string; start: number }, over: (hash?: Hash) => void) {
    this.#hash = hash;
    this.#from = from;
    this.#over = over;
  }

  /** Whether its bytes come faster than they are taken. */
  get busy(): boolean {
    return performance.now() < this.#busyUntil;
  }

  /** When it is the leader no more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  update(piece: Buffer): void {
    this.#hash.update(piece);
    if (piece.length >= fullPieceBytes) this.#busyUntil = performance.now() + busyMs;
  }

  /** Hashes the part's first bytes, which came before it was the leader and are in the file. */
  async readBack(sizeBytes: number): Promise<void> {
    this.#busyUntil = Number.POSITIVE_INFINITY;
    const { file, start } = this.#from;
    const handle = await open(file, 'r');
    try {
      await hashRange(handle, this.#hash, start, start + sizeBytes);
    } finally {
      this.#busyUntil = performance.now() + busyMs;
      await handle.close();
    }
  }

  /** All of the part has come: the next may lead. */
  end(): void {
    this.#finish(this.#hash);
  }

  drop(): void {
    this.#finish();
  }

  #finish(hash?: Hash): void {
    this.#busyUntil = 0;
    this.#over(hash);
    this.#ended.resolve();
  }
}

const readBytes = 1 << 20;

/** Hashes the bytes from `start` to before `end`; the next are read meanwhile. */
export async function hashRange(handle: FileHandle, hash: Hash, start: number, end: number): Promise<void> {
  const [one, other] = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)];
  const readAt = async (buffer: Buffer, at: number): Promise<Buffer> => {
    if (at >= end) return buffer.subarray(0, 0);
    const { bytesRead } = await handle.read(buffer, 0, Math.min(readBytes, end - at), at);
    if (bytesRead === 0) throw new Error(`the file of an upload ends at ${at}, before ${end}`);
    return buffer.subarray(0, bytesRead);
  };
  let here = await readAt(one, start);
  let spare = other;
  for (let at = start; at < end; ) {
    at += here.length;
    const coming = readAt(spare, at);
    hash.update(here);
    spare = spare === one ? other : one;
    here = await coming;
  }
}
