import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Where the package says which links there must be: paths from its root, where the programs lie in `native`. */
const linksFile = 'pg-symlinks.json';

/**
 * Makes the short names of the shared libraries in a folder of programs, where they are missing. npm's packages hold no
 * symbolic links: their own install script makes them, which does not run here, so that after a bare `npm ci` there are
 * none. Throws an Error that says what to do when this account may not write there.
 */
export async function linkLibraries(folder: string): Promise<void> {
  for (const { path, to } of await readLinks(folder)) {
    if (await leadsTo(path, to)) continue;
    try {
      await rm(path, { force: true });
      await symlink(to, path);
    } catch (error) {
      // Another hub is doing the same.
      if (await leadsTo(path, to)) continue;
      throw new Error(
        `The PostgreSQL that Banyan carries lacks links between its libraries, and they cannot be made in ${folder} ` +
          `(${error instanceof Error ? error.message : String(error)}). Start the hub once as the owner of that folder.`,
        { cause: error },
      );
    }
  }
}

/**
 * Makes `to` a whole copy of the programs in `from` that any account may run; leaves one that is whole as it is. One that
 * lacks a file, or has one of another size, is put aside and made anew: a server that runs from it keeps what it has open.
 */
export async function copyPrograms(from: string, to: string): Promise<void> {
  if (!(await isWhole(from, to))) {
    await makeOpenFolder(dirname(to));
    const mark = randomBytes(4).toString('hex');
    const [partial, aside] = [`${to}.${mark}`, `${to}.${mark}.old`];
    await cp(from, partial, { recursive: true, verbatimSymlinks: true });
    for (const folder of ['.', 'bin', 'lib', 'share']) await chmod(join(partial, folder), 0o755);
    await linkLibraries(partial);
    // Renamed when it is whole, so that a copy cut short is never taken for one.
    await rename(to, aside).catch(ignoreAbsent);
    await rename(partial, to).catch(async (error: unknown) => {
      // Another hub was faster: its copy is as good.
      await rm(partial, { recursive: true });
      if (!(await isWhole(from, to))) throw error;
    });
    await rm(aside, { recursive: true, force: true });
  }
  await linkLibraries(to);
}

/** Makes a folder that everybody may enter, whatever the umask. */
export async function makeOpenFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

/** The links that belong into a folder of programs, each with where it leads, from the folder that it lies in. */
async function readLinks(folder: string): Promise<{ path: string; to: string }[]> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(folder, linksFile), 'utf8'),
  );
  return links.map(({ source, target }) => ({
    path: join(folder, relative('native', target)),
    to: relative(dirname(target), source),
  }));
}

async function leadsTo(path: string, to: string): Promise<boolean> {
  try {
    return (await readlink(path)) === to;
  } catch {
    return false; // Missing, or a file in its place.
  }
}

/** Whether every file of one folder is in the other, as large. Some thousand names: a few milliseconds. */
async function isWhole(from: string, to: string): Promise<boolean> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const there = await lstat(join(to, relative(from, path))).catch(ignoreAbsent);
    if (there?.isFile() !== true || there.size !== (await lstat(path)).size) return false;
  }
  return true;
}

function ignoreAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
    return undefined;
  throw error;
}
