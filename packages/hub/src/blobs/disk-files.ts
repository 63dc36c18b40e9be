import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import type { PutOptions, Stored } from './store.ts';

/**
 * Writes a stream into a new file while it is hashed; `durable`: until it is on the disk. Whoever calls removes the file
 * when this fails: with TOO_LARGE, CHECKSUM, or what broke.
 */
export async function receive(
  body: Readable,
  file: string,
  { maxBytes = Number.POSITIVE_INFINITY, expectedSha256, durable }: PutOptions & { durable: boolean },
): Promise<Stored> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await writeStream(body, file, { flags: 'w', start: 0, durable }, (piece) => {
    sizeBytes += piece.length;
    if (sizeBytes > maxBytes)
      throw new HubError('TOO_LARGE', `This is larger than the ${maxBytes} bytes that are allowed here.`);
    hash.update(piece);
  });
  const sha256 = hash.digest('hex');
  if (expectedSha256 !== undefined && expectedSha256 !== sha256)
    throw new HubError(
      'CHECKSUM',
      `The bytes that arrived have the sha256 ${sha256}, not ${expectedSha256}.`,
      { hint: 'Send them again.' },
    );
  return { sha256, sizeBytes };
}

/** Written in one go. */
const batchBytes = 1 << 20;
/** So much is sent on to the disk while further bytes arrive, so that little is left to wait for at the end. */
const flushBytes = 32 << 20;

/**
 * Writes a stream to a file from `start` on; `see` looks at each piece before it is written, and may throw. While one batch is
 * being written the next is gathered.
 */
export async function writeStream(
  body: Readable,
  file: string,
  { flags, start, durable }: { flags: 'w' | 'r+'; start: number; durable: boolean },
  see: (piece: Buffer) => void,
): Promise<void> {
  // A body that breaks while the file is opened is heard of by the loop below; unheard, its error would end the hub.
  body.on('error', () => {});
  const handle = await open(file, flags);
  let at = start;
  let batch: Buffer[] = [];
  let gathered = 0;
  let unflushed = 0;
  let writing = Promise.resolve();
  let flushing: Promise<void> | undefined;
  // A failure to flush is told once: the last flush would not tell of it again.
  let failure: unknown;

  const writeBatch = async (): Promise<void> => {
    await writing;
    if (failure !== undefined) throw failure;
    const [pieces, place] = [batch, at];
    at += gathered;
    unflushed += gathered;
    batch = [];
    gathered = 0;
    writing = writeAll(handle, pieces, place);
    writing.catch(() => {});
    if (!durable || flushing || unflushed < flushBytes) return;
    unflushed = 0;
    flushing = handle
      .datasync()
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        flushing = undefined;
      });
  };

  try {
    for await (const piece of body) {
      see(piece as Buffer);
      batch.push(piece as Buffer);
      gathered += (piece as Buffer).length;
      if (gathered >= batchBytes) await writeBatch();
    }
    if (gathered > 0) await writeBatch();
    await writing;
    await flushing;
    if (failure !== undefined) throw failure;
    if (durable) await handle.sync();
  } finally {
    await writing.catch(() => {});
    await flushing;
    await handle.close();
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

/** A new name in a folder is durable once the folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** DISK_FULL in place of what the system says when there is no space; any other error as it is. */
export function asDiskFull(error: unknown): unknown {
  const full =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return full ? new HubError('DISK_FULL') : error;
}
