import { createHash, randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HubError, refuse, type SignedFile } from '@banyan/contract';
import { persist } from './retry.ts';

export interface InputCache {
  /** Puts the files into `folder` under their paths, from the cache or the hub. */
  fetchInto(folder: string, files: readonly SignedFile[], signal: AbortSignal): Promise<void>;
}

/** Small files wait for the hub more than for the wire. */
const atOnce = 8;

/**
 * Inputs by content under `home/cache`: each byte is verified by its sha256 before it gets there, so two jobs (or two
 * workers with one home) share files without trust in each other. At most `limitBytes` stay, the least recently used go.
 */
export function openInputCache(url: string, home: string, limitBytes: number): InputCache {
  const folder = join(home, 'cache');
  /** Contents that are on their way into a job's folder. */
  const inUse = new Map<string, number>();
  /** What lies in the cache, as far as is known: the folder itself is read when that is too much. */
  let heldBytes: number | undefined;

  async function cached(file: SignedFile, signal: AbortSignal): Promise<string> {
    const target = join(folder, file.sha256);
    const found = await stat(target).catch(() => undefined);
    if (found?.size === file.sizeBytes) {
      await utimes(target, new Date(), new Date());
      return target;
    }
    await mkdir(folder, { recursive: true });
    // A connection that breaks in the middle, or bytes that arrive damaged, are worth another try; not an endless one.
    await persist(() => download(new URL(file.url, `${url}/`), file, target, signal), {
      signal,
      attempts: 4,
    });
    if (heldBytes !== undefined) heldBytes += file.sizeBytes;
    if (heldBytes === undefined || heldBytes > limitBytes) heldBytes = await evict(folder, limitBytes, inUse);
    return target;
  }

  async function bring(file: SignedFile, place: string, signal: AbortSignal): Promise<void> {
    inUse.set(file.sha256, (inUse.get(file.sha256) ?? 0) + 1);
    try {
      await mkdir(dirname(place), { recursive: true });
      const bytes = await cached(file, signal);
      // A link survives eviction of the cache's own name; other file systems get a copy. Never over what is there, which may
      // be a link to other bytes of the cache: where letters' case tells no names apart, two paths are one place.
      await link(bytes, place).catch(() => copyFile(bytes, place, constants.COPYFILE_EXCL));
    } finally {
      const left = inUse.get(file.sha256)! - 1;
      if (left > 0) inUse.set(file.sha256, left);
      else inUse.delete(file.sha256);
    }
  }

  return {
    async fetchInto(jobFolder, files, signal) {
      const root = resolve(jobFolder);
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const waiting = files.values();
      const fetchOn = async (): Promise<void> => {
        for (const file of waiting) {
          either.throwIfAborted();
          const place = resolve(root, file.path);
          if (!place.startsWith(root + sep))
            throw new HubError('BAD_INPUT', `path leaves the folder: ${file.path}`);
          await bring(file, place, either);
        }
      };
      const lanes = Array.from({ length: atOnce }, () =>
        fetchOn().catch((error: unknown) => {
          // The first failure ends the others, and is what is told.
          failed.abort(error);
          throw error;
        }),
      );
      const ended = await Promise.allSettled(lanes);
      if (ended.some(({ status }) => status === 'rejected')) either.throwIfAborted();
    },
  };
}

async function download(from: URL, file: SignedFile, target: string, signal: AbortSignal): Promise<void> {
  const partial = `${target}.${randomUUID()}.part`;
  try {
    const response = await fetch(from, { signal });
    await refuse(response);
    if (response.body === null) throw new Error(`no bytes came for ${file.path}`);
    const hash = createHash('sha256');
    const tap = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        done(undefined, chunk);
      },
    });
    await pipeline(response.body, tap, createWriteStream(partial), { signal });
    const sha256 = hash.digest('hex');
    if (sha256 !== file.sha256)
      throw new Error(`${file.path} arrived damaged: its sha256 is ${sha256} instead of ${file.sha256}`);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

/** What is left after making room, so that the next file does not need room made again. */
const fullness = 0.9;

/**
 * When more than `limitBytes` lie there, removes the least recently used files; never one `inUse`, which a job is about to
 * read.
 * @returns the bytes that stay
 */
async function evict(
  folder: string,
  limitBytes: number,
  inUse: ReadonlyMap<string, number>,
): Promise<number> {
  const entries: { name: string; sizeBytes: number; usedMs: number }[] = [];
  for (const name of await readdir(folder)) {
    if (name.endsWith('.part')) continue;
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (info) entries.push({ name, sizeBytes: info.size, usedMs: info.mtimeMs });
  }
  let totalBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (totalBytes <= limitBytes) return totalBytes;
  for (const { name, sizeBytes } of entries.toSorted((a, b) => a.usedMs - b.usedMs)) {
    if (totalBytes <= limitBytes * fullness) break;
    if (inUse.has(name)) continue;
    await rm(join(folder, name), { force: true });
    totalBytes -= sizeBytes;
  }
  return totalBytes;
}
