import { open } from 'node:fs/promises';
import { HubError } from '@banyan/contract';

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
