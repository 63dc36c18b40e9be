import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HubError } from '@banyan/contract';

/**
 * So much of a disk is not for bytes that people bring, or a quarter of it if that is less: the database stops where it
 * finds no room for its log, and the hub with it.
 */
const reservedBytes = 256 << 20;

/** Throws DISK_FULL when the disk of a file has no room for further bytes. */
export async function requireRoom(file: string): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(dirname(file));
  if (bavail * bsize < Math.min(reservedBytes, (blocks * bsize) / 4)) throw new HubError('DISK_FULL');
}
