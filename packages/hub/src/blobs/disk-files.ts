import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import { writeStream } from './disk-writer.ts';
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
  await writeStream(
    body,
    file,
    { flags: 'w', start: 0, durable },
    {
      see(piece) {
        sizeBytes += piece.length;
        if (sizeBytes > maxBytes)
          throw new HubError('TOO_LARGE', `This is larger than the ${maxBytes} bytes that are allowed here.`);
        hash.update(piece);
      },
    },
  );
  const sha256 = hash.digest('hex');
  if (expectedSha256 !== undefined && expectedSha256 !== sha256)
    throw new HubError(
      'CHECKSUM',
      `The bytes that arrived have the sha256 ${sha256}, not ${expectedSha256}.`,
      { hint: 'Send them again.' },
    );
  return { sha256, sizeBytes };
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
