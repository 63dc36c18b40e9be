import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm } from 'node:fs/promises';

interface SmallDisk {
  path: string;
  /** Makes room: it holds so many MiB from now on. */
  grow(mebibytes: number): void;
  remove(): Promise<void>;
}

/** A disk in memory of `mebibytes` at a new folder `path`; undefined without the right to mount one. */
export async function mountSmallDisk(path: string, mebibytes: number): Promise<SmallDisk | undefined> {
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    // Not root, or a container that may not.
    await rm(path, { recursive: true });
    return undefined;
  }
  await chmod(path, 0o755);
  return {
    path,
    grow: (mebibytes) => void execFileSync('mount', ['-o', `remount,size=${mebibytes}m`, path]),
    async remove() {
      execFileSync('umount', [path]);
      await rm(path, { recursive: true });
    },
  };
}
