import { createHash, randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const dayMs = 86_400_000;

/**
 * Where a process number means something: this machine and, in a container, its own count of processes. Hubs in other
 * containers or on other machines may have the same folder.
 */
const place = createHash('sha256').update(`${hostname()} ${processCount()}`).digest('hex').slice(0, 12);

function processCount(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has it.
    return '';
  }
}

/** A name for a file that is being written, which says by whom. */
export const incomingName = (): string => `${place}.${process.pid}.${randomUUID()}`;

/**
 * Makes the folder of files that are being written, and removes from it what nobody will finish: of processes of this machine
 * that are no more, and whatever has not been written to for a day.
 */
export async function openIncoming(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    // One that is finished has another name by now.
    const found = await stat(file).catch(() => undefined);
    if (found && isLeftOver(name, found.mtimeMs)) await rm(file, { recursive: true, force: true });
  }
}

function isLeftOver(name: string, writtenAt: number): boolean {
  if (writtenAt < Date.now() - dayMs) return true;
  const [where, number] = name.split('.');
  const pid = Number(number);
  if (where !== place || !Number.isInteger(pid) || pid < 1) return false;
  // Numbers come again: a process with ours that wrote before we began is gone.
  if (pid === process.pid) return writtenAt < Date.now() - process.uptime() * 1000;
  return !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process, which we may not signal, is one too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
