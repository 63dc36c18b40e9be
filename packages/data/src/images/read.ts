import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const smallBytes = 1 << 20;

/**
 * A file's bytes. A small one is read at once, since a turn of the event loop for each of fifty thousand costs more than the
 * reading: whoever reads many gives the loop a turn now and then.
 */
export async function readImage(path: string, sizeBytes: number): Promise<Buffer> {
  return sizeBytes < smallBytes ? readFileSync(path) : readFile(path);
}
