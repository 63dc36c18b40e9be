import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskFull, receive, syncFolder } from './disk-files.ts';
import { incomingName, openIncoming } from './incoming.ts';
import type { BlobStore } from './store.ts';

/** Reads in pieces of 1 MiB: about twice as fast as the default of 64 KiB. */
const highWaterMark = 1 << 20;

/**
 * A store in a folder: `ab/abcdef...` by sha256. A blob appears under its name only when all its bytes are on the
 * disk: written beside, fsync, rename, fsync of the folder. Opening removes what a crash left half-written, and
 * nothing that another hub on the same folder is writing.
 */
export async function openDiskStore(folder: string): Promise<BlobStore> {
  const incoming = join(folder, 'incoming');
  await openIncoming(incoming);
  const shardOf = (sha256: string) => join(folder, sha256.slice(0, 2));
  const pathOf = (sha256: string) => join(shardOf(sha256), sha256);

  const name = async (file: string, sha256: string): Promise<void> => {
    if (await mkdir(shardOf(sha256), { recursive: true })) await syncFolder(folder);
    await rename(file, pathOf(sha256));
    await syncFolder(shardOf(sha256));
  };

  const store: BlobStore = {
    async put(body, options) {
      const partial = join(incoming, incomingName());
      try {
        const stored = await receive(body, partial, { ...options, durable: true });
        await name(partial, stored.sha256);
        return stored;
      } catch (error) {
        await rm(partial, { force: true });
        throw asDiskFull(error);
      }
    },
    async adopt(file, { sha256 }) {
      try {
        await name(file, sha256);
      } catch (error) {
        if (!isOtherDisk(error)) throw asDiskFull(error);
        await store.put(createReadStream(file, { highWaterMark }), { expectedSha256: sha256 });
        await rm(file);
      }
    },
    async sizeBytes(sha256) {
      try {
        return (await stat(pathOf(sha256))).size;
      } catch {
        return undefined;
      }
    },
    read: (sha256, range = { start: 0, end: Number.POSITIVE_INFINITY }) =>
      createReadStream(pathOf(sha256), { ...range, highWaterMark }),
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
    async *list() {
      for (const shard of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(shard)) continue;
        for (const sha256 of await readdir(join(folder, shard))) {
          // Removed since the folder was read: no longer there to list.
          const found = await stat(join(folder, shard, sha256)).catch(() => undefined);
          if (found) yield { sha256, sizeBytes: found.size, storedAt: found.mtime };
        }
      }
    },
  };
  return store;
}

const isOtherDisk = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EXDEV';
