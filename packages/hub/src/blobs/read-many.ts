import { buffer } from 'node:stream/consumers';
import { HubError } from '@banyan/contract';
import { isOneOf } from './is-one-of.ts';
import { blobs } from './table.ts';
import { type Readers, readAssembled } from './xet/read.ts';

/** The bytes of small blobs, all in memory, by their sha256: one question to the database for all. Throws NOT_FOUND. */
export async function readMany(services: Readers, hashes: readonly string[]): Promise<Map<string, Buffer>> {
  const wanted = [...new Set(hashes)];
  if (wanted.length === 0) return new Map();
  const rows = await services.db.select().from(blobs).where(isOneOf(blobs.sha256, wanted));
  if (rows.length < wanted.length) throw new HubError('NOT_FOUND', 'Some of these bytes are gone.');
  const read = async (row: (typeof rows)[number]): Promise<[string, Buffer]> => {
    const { sha256, sizeBytes, assembled } = row;
    if (sizeBytes === 0) return [sha256, Buffer.alloc(0)];
    // With its end a reader takes no more memory than there are bytes.
    const range = { start: 0, end: sizeBytes - 1 };
    const stream = assembled ? readAssembled(services, row, range) : services.blobs.read(sha256, range);
    return [sha256, await buffer(stream)];
  };
  return new Map(await Promise.all(rows.map(read)));
}
