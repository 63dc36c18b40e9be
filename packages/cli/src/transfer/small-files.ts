import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { uploadBlob } from '@banyan/contract';
import { changedMeanwhile, type LocalFile, readUnchanged } from '../local-files.ts';
import type { Session } from '../session.ts';
import type { UploadListener } from './chunked-upload.ts';
import { inLanes } from './lanes.ts';
import { withRetries } from './retries.ts';

const filesAtOnce = 8;
/** How many hashes one question to the hub may have. */
const askedAtOnce = 1000;

/**
 * Sends files that fit into memory each, several at once; those that the hub says it has are not sent. `has` answers which of some
 * sha256 may be committed as they are. Returns each file's sha256, in the order given.
 */
export async function uploadSmallFiles(
  session: Session,
  files: readonly LocalFile[],
  has: (hashes: string[]) => Promise<ReadonlySet<string>>,
  listener: UploadListener,
  signal: AbortSignal,
): Promise<Map<LocalFile, string>> {
  const all = new Map<LocalFile, string>();
  for (let start = 0; start < files.length; start += askedAtOnce) {
    const some = files.slice(start, start + askedAtOnce);
    const hashes = new Map<LocalFile, string>();
    await inLanes(filesAtOnce, some, async (file) => {
      signal.throwIfAborted();
      hashes.set(file, sha256Of(await readSmall(file)));
    });
    const there = new Set(await has([...new Set(hashes.values())]));
    await inLanes(filesAtOnce, some, async (file) => {
      const sha256 = hashes.get(file)!;
      all.set(file, sha256);
      if (!there.has(sha256)) {
        await send(session, file, sha256, signal);
        listener.onSent(file.sizeBytes);
        there.add(sha256);
      }
      listener.onDone(file.sizeBytes);
    });
  }
  return all;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const readSmall = (file: LocalFile): Promise<Buffer<ArrayBuffer>> =>
  readUnchanged(file, () => readFile(file.file));

async function send(session: Session, file: LocalFile, sha256: string, signal: AbortSignal): Promise<void> {
  const bytes = await readSmall(file);
  // It was asked about as it was then.
  if (sha256Of(bytes) !== sha256) throw changedMeanwhile(file);
  await withRetries(() => uploadBlob({ ...session, signal, sha256 }, bytes), { signal });
}
