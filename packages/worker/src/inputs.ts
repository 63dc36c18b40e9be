import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
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

/**
 * Inputs by content under `home/cache`: each byte is verified by its sha256 before it gets there, so two jobs (or two
 * workers with one home) share files without trust in each other. At most `limitBytes` stay, the least recently used go.
 */
export function openInputCache(url: string, home: string, limitBytes: number): InputCache {
  const folder = join(home, 'cache');

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
    await evict(folder, limitBytes, file.sha256);
    return target;
  }

  return {
    async fetchInto(jobFolder, files, signal) {
      for (const file of files) {
        const place = resolve(jobFolder, file.path);
        if (!place.startsWith(resolve(jobFolder) + sep))
          throw new HubError('BAD_INPUT', `path leaves the folder: ${file.path}`);
        await mkdir(dirname(place), { recursive: true });
        const bytes = await cached(file, signal);
        // A link survives eviction of the cache's own name; other file systems get a copy.
        await link(bytes, place).catch(() => copyFile(bytes, place));
      }
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

/** Removes the least recently used files until the rest fits; never `keep`, which a job is about to read. */
async function evict(folder: string, limitBytes: number, keep: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.part'));
  const entries = await Promise.all(
    names.map(async (name) => ({ name, info: await stat(join(folder, name)).catch(() => undefined) })),
  );
  const oldestFirst = entries
    .flatMap(({ name, info }) =>
      info === undefined ? [] : [{ name, sizeBytes: info.size, usedMs: info.mtimeMs }],
    )
    .sort((a, b) => a.usedMs - b.usedMs);
  let totalBytes = oldestFirst.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  for (const { name, sizeBytes } of oldestFirst) {
    if (totalBytes <= limitBytes) return;
    if (name === keep) continue;
    await rm(join(folder, name), { force: true });
    totalBytes -= sizeBytes;
  }
}
