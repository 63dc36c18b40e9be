import { buffer } from 'node:stream/consumers';
import type { FileEntry } from '@banyan/contract';
import { readBlob } from '../../blobs/read.ts';
import type { BlobStore } from '../../blobs/store.ts';
import type { Queries } from '../../db/connection.ts';
import { allFiles, findTreeFile, type Version } from '../tree/listing.ts';

interface Reading {
  db: Queries;
  blobs: BlobStore;
}

/** Larger texts are files to download, not metadata. */
const maxBytes = 4 << 20;

/** All files of a version, sorted by path, a page at a time. */
export const filesOfVersion = (
  { db }: { db: Queries },
  version: Version,
): AsyncGenerator<Pick<FileEntry, 'path' | 'sha256' | 'sizeBytes'>> => allFiles(db, version);

/** A small text of a version; undefined when it is not there, or not small. */
export async function readSmallFile(
  reading: Reading,
  version: Version,
  path: string,
): Promise<string | undefined> {
  const file = await findTreeFile(reading.db, version, path);
  if (!file || file.sizeBytes > maxBytes) return undefined;
  return String(await buffer(await readBlob(reading, file.sha256)));
}

/** The bytes of a file. */
export async function* openFile(
  reading: Reading,
  file: Pick<FileEntry, 'sha256'>,
): AsyncGenerator<Uint8Array> {
  yield* await readBlob(reading, file.sha256);
}
