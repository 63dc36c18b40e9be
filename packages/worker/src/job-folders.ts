import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A fresh folder for a job, named after this process so that a later start can tell whose it is. */
export async function makeJobFolder(home: string, job: string): Promise<string> {
  const folder = join(home, 'jobs', `${process.pid}-${job}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes what killed workers left behind; folders of living processes stay. */
export async function sweepJobFolders(home: string): Promise<void> {
  const names = await readdir(join(home, 'jobs')).catch(() => []);
  for (const name of names)
    if (!isAlive(Number.parseInt(name, 10)))
      await rm(join(home, 'jobs', name), { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
