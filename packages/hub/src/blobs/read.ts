import type { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { blobs } from './table.ts';
import { type Readers, readAssembled } from './xet/read.ts';

/**
 * The bytes of a blob, whole or assembled from chunks: the one way to read them. From `start` to `end`, both included; all
 * by default. Memory is constant. Throws NOT_FOUND.
 */
export async function readBlob(
  services: Readers,
  sha256: string,
  range?: { start: number; end: number },
): Promise<Readable> {
  const [blob] = await services.db.select().from(blobs).where(eq(blobs.sha256, sha256));
  if (!blob) throw new HubError('NOT_FOUND');
  return blob.assembled
    ? readAssembled(services, blob, range ?? { start: 0, end: blob.sizeBytes - 1 })
    : services.blobs.read(sha256, range);
}
