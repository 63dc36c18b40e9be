import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { HubError } from '@banyan/contract';

export const rangeBytes = 8 * 1024 * 1024;

/**
 * A file that arrives in ranges, in any order. Which are there is written beside it, a number a line, so that a download that was
 * killed goes on; only when all of it has the right sha256 does the file go to its place.
 */
export class RangeFile {
  readonly #part: string;
  readonly #log: string;
  readonly #sha256: string;
  readonly #sizeBytes: number;
  readonly #there: Set<number>;
  readonly #file: FileHandle;
  readonly #logFile: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #hashed = 0;
  #hashing: Promise<void> | undefined;

  private constructor(
    names: { part: string; log: string },
    { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
    open: { file: FileHandle; logFile: FileHandle; there: Set<number> },
  ) {
    this.#part = names.part;
    this.#log = names.log;
    this.#sha256 = sha256;
    this.#sizeBytes = sizeBytes;
    this.#there = open.there;
    this.#file = open.file;
    this.#logFile = open.logFile;
  }

  /** Keeps the bytes in the file `part`, which is taken up if it is there; its name should tell the sha256. */
  static async open(part: string, entry: { sha256: string; sizeBytes: number }): Promise<RangeFile> {
    const names = { part, log: `${part}.ranges` };
    const log = await readFile(names.log, 'utf8').catch(() => '');
    const [head, ...lines] = log.split('\n').slice(0, -1);
    const heading = `${entry.sizeBytes} in ${rangeBytes}`;
    const file = await open(names.part, head === heading ? 'r+' : 'w+').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return undefined;
      },
    );
    const kept = file !== undefined && head === heading && (await file.stat()).size === entry.sizeBytes;
    const there = new Set(kept ? lines.map(Number).filter(Number.isInteger) : []);
    const data = file ?? (await open(names.part, 'w+'));
    await data.truncate(entry.sizeBytes);
    const logFile = await open(names.log, kept ? 'a' : 'w');
    if (!kept) await logFile.appendFile(`${heading}\n`);
    return new RangeFile(names, entry, { file: data, logFile, there });
  }

  /** [start, end) of each range that is not there yet, with its number. */
  missing(): { number: number; start: number; end: number }[] {
    const ranges = Array.from({ length: this.#count }, (_, number) => ({ number, ...this.#range(number) }));
    return ranges.filter(({ number }) => !this.#there.has(number));
  }

  async write(number: number, bytes: Uint8Array): Promise<void> {
    const { start } = this.#range(number);
    for (let at = 0; at < bytes.length; )
      at += (await this.#file.write(bytes, at, bytes.length - at, start + at)).bytesWritten;
    await this.#logFile.appendFile(`${number}\n`);
    if (number === this.#hashed && this.#hashing === undefined) {
      this.#hash.update(bytes);
      this.#hashed += 1;
    }
    this.#there.add(number);
    this.#hashing ??= this.#hashOn().finally(() => {
      this.#hashing = undefined;
    });
    this.#hashing.catch(() => {});
  }

  /** Puts the file in its place. Throws CHECKSUM, and lets go of what came, when the bytes are not those announced. */
  async finish(target: string): Promise<void> {
    await this.#hashing;
    await this.#hashOn();
    await this.close();
    if (this.#hash.digest('hex') !== this.#sha256) {
      await Promise.all([this.#part, this.#log].map((file) => rm(file, { force: true })));
      throw new HubError('CHECKSUM');
    }
    await rename(this.#part, target);
    await rm(this.#log, { force: true });
  }

  async close(): Promise<void> {
    await Promise.all([this.#file.close(), this.#logFile.close()]);
  }

  get #count(): number {
    return Math.ceil(this.#sizeBytes / rangeBytes);
  }

  #range(number: number): { start: number; end: number } {
    const start = number * rangeBytes;
    return { start, end: Math.min(start + rangeBytes, this.#sizeBytes) };
  }

  /** Hashes what is contiguous, while further ranges arrive. */
  async #hashOn(): Promise<void> {
    const buffer = Buffer.allocUnsafe(1 << 20);
    while (this.#there.has(this.#hashed)) {
      const { start, end } = this.#range(this.#hashed);
      for (let at = start; at < end; ) {
        const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0) throw new Error(`${this.#part} was cut short by something else.`);
        this.#hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      this.#hashed += 1;
    }
  }
}
