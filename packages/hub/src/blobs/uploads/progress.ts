import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * How far an upload has been hashed. The sha256 of a whole needs its bytes in order; hashing what is contiguous while
 * further parts arrive leaves little to do at the end. It lives in memory alone: after a restart the file is read again.
 */
interface Progress {
  hash: Hash;
  /** Parts 1 to this are in `hash`. */
  hashed: number;
  present: Set<number>;
  running: Promise<void> | undefined;
}

interface Upload {
  id: string;
  file: string;
  sizeBytes: number;
  partBytes: number;
}

const uploads = new Map<string, Progress>();
const readBytes = 1 << 20;

/** Notes that these parts are on the disk, and hashes on as far as they reach; does not wait for it. */
export function noteParts(upload: Upload, numbers: readonly number[]): void {
  const progress = uploads.get(upload.id) ?? {
    hash: createHash('sha256'),
    hashed: 0,
    present: new Set<number>(),
    running: undefined,
  };
  uploads.set(upload.id, progress);
  for (const number of numbers) progress.present.add(number);
  progress.running ??= hashOn(upload, progress).finally(() => {
    progress.running = undefined;
  });
  // Whoever completes the upload meets the same failure again, and reports it.
  progress.running.catch(() => {});
}

/** The sha256 of the whole, all of whose parts are on the disk. */
export async function digestOf(upload: Upload, numbers: readonly number[]): Promise<string> {
  noteParts(upload, numbers);
  const progress = uploads.get(upload.id);
  await progress?.running;
  // A part that came while the last round ended.
  if (progress && progress.hashed < numbers.length) await hashOn(upload, progress);
  if (!progress) throw new Error(`the upload ${upload.id} was dropped meanwhile`);
  return progress.hash.copy().digest('hex');
}

export const isHashing = (id: string): boolean => uploads.has(id);

export function forgetProgress(id: string): void {
  uploads.delete(id);
}

async function hashOn({ file, sizeBytes, partBytes }: Upload, progress: Progress): Promise<void> {
  if (!progress.present.has(progress.hashed + 1)) return;
  const handle = await open(file, 'r');
  try {
    while (progress.present.has(progress.hashed + 1)) {
      const start = progress.hashed * partBytes;
      // A failure in mid-part must not leave half of it in the hash.
      const hash = progress.hash.copy();
      await hashRange(handle, hash, start, Math.min(sizeBytes, start + partBytes));
      progress.hash = hash;
      progress.hashed += 1;
    }
  } finally {
    await handle.close();
  }
}

/** Hashes the bytes from `start` to before `end`; the next are read meanwhile. */
async function hashRange(handle: FileHandle, hash: Hash, start: number, end: number): Promise<void> {
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
