import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { requireRoom } from './disk-room.ts';
import { eachPiece } from './pieces.ts';
import { release } from './request-body.ts';

/** Written in one go, at least. */
const batchBytes = 1 << 20;
/** The stream waits when so much of it is in memory. */
const waitingBytes = 8 << 20;
/** So much is sent on to the disk while further bytes arrive, so that little is left to wait for at the end. */
const flushBytes = 32 << 20;
/** Whether the disk has room is asked before so much more is written. */
const roomBytes = 8 << 20;

/** Looks at what is written, and may throw. */
export interface Watch {
  /**
   * Sees each piece before it is written; a promise that it returns is waited for. `written` waits until all pieces before
   * this one are in the file, though perhaps not on the disk.
   */
  see(piece: Buffer, written: () => Promise<void>): Promise<void> | undefined;
  /** All pieces have come. */
  end?(): void;
}

/**
 * Writes a stream to a file from `start` on, `durable`: until it is on the disk. Bytes are gathered while those before them
 * are being written. Throws DISK_FULL while there is still room for the database.
 */
export async function writeStream(
  body: Readable,
  file: string,
  { flags, start, durable }: { flags: 'w' | 'r+'; start: number; durable: boolean },
  watch: Watch,
): Promise<void> {
  // A body that breaks while the file is opened is heard of below; unheard, its error would end the hub.
  body.on('error', () => {});
  const handle = await open(file, flags).catch((error: unknown) => {
    // What sends it must not wait for somebody to take it.
    body.destroy();
    throw error;
  });
  const writer = new Writer(handle, { file, start }, { durable, written: (pieces) => release(body, pieces) });
  try {
    const written = () => writer.written();
    await eachPiece(body, (piece) => {
      const busy = watch.see(piece, written);
      return busy ? busy.then(() => writer.add(piece)) : writer.add(piece);
    });
    watch.end?.();
    await writer.end();
  } finally {
    await writer.settled();
    await handle.close();
  }
}

class Writer {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #durable: boolean;
  readonly #written: (pieces: readonly Buffer[]) => void;
  #at: number;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #writing: Promise<void> | undefined;
  /** How far it may be written before there must be room again. */
  #roomUntil = 0;
  #unflushed = 0;
  #flushing: Promise<void> | undefined;
  /** What went wrong is told once: the last flush would not tell of it again. */
  #failure: { error: unknown } | undefined;

  constructor(
    handle: FileHandle,
    { file, start }: { file: string; start: number },
    { durable, written }: { durable: boolean; written: (pieces: readonly Buffer[]) => void },
  ) {
    this.#handle = handle;
    this.#file = file;
    this.#at = start;
    this.#durable = durable;
    this.#written = written;
  }

  /** Takes a piece; answers what to wait for before the next, if there is too much in memory. */
  add(piece: Buffer): Promise<void> | undefined {
    if (this.#failure) throw this.#failure.error;
    this.#gathered.push(piece);
    this.#gatheredBytes += piece.length;
    if (this.#gatheredBytes >= batchBytes) this.#writing ??= this.#write(batchBytes);
    return this.#gatheredBytes >= waitingBytes ? this.#writing : undefined;
  }

  /** Until all that was added is in the file. */
  async written(): Promise<void> {
    await this.#writing;
    await this.#write(1);
    if (this.#failure) throw this.#failure.error;
  }

  async end(): Promise<void> {
    await this.written();
    await this.#flushing;
    if (this.#failure) throw this.#failure.error;
    if (this.#durable) await this.#handle.sync();
  }

  /** Nothing uses the file any more, whether it went well or not. */
  async settled(): Promise<void> {
    await this.#writing;
    await this.#flushing;
  }

  /** Writes as long as there is `leastBytes` gathered. Never throws: the failure is noted. */
  async #write(leastBytes: number): Promise<void> {
    try {
      while (this.#gatheredBytes >= leastBytes && !this.#failure) {
        const [pieces, place] = [this.#gathered, this.#at];
        this.#at += this.#gatheredBytes;
        this.#unflushed += this.#gatheredBytes;
        this.#gathered = [];
        this.#gatheredBytes = 0;
        if (this.#at > this.#roomUntil) {
          await requireRoom(this.#file);
          this.#roomUntil = this.#at + roomBytes;
        }
        await writeAll(this.#handle, pieces, place);
        this.#written(pieces);
        this.#flush();
      }
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#writing = undefined;
    }
  }

  #flush(): void {
    if (!this.#durable || this.#flushing || this.#unflushed < flushBytes) return;
    this.#unflushed = 0;
    this.#flushing = this.#handle
      .datasync()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }
}

async function writeAll(handle: FileHandle, pieces: Buffer[], place: number): Promise<void> {
  const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let { bytesWritten } = await handle.writev(pieces, place);
  if (bytesWritten === sizeBytes) return;
  const all = Buffer.concat(pieces);
  while (bytesWritten < sizeBytes)
    bytesWritten += (await handle.write(all, bytesWritten, sizeBytes - bytesWritten, place + bytesWritten))
      .bytesWritten;
}
