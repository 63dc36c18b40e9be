import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { CliError } from '../refusal.ts';

/** The folder that a version is pulled into: gives places inside it and nowhere else. */
export interface TargetFolder {
  path: string;
  /** Where a file goes, its folders made. Throws when that would be outside, or through a symbolic link. */
  place(path: string): Promise<string>;
}

export async function openTargetFolder(path: string): Promise<TargetFolder> {
  await mkdir(path, { recursive: true });
  const root = await realpath(path);
  const made = new Map<string, Promise<void>>();
  const make = (folder: string): Promise<void> => {
    const making = made.get(folder) ?? makeFolder(folder);
    made.set(folder, making);
    return making;
  };
  return {
    path: root,
    async place(path) {
      const target = resolve(root, path);
      const parts = path.split('/');
      if (
        target === root ||
        !target.startsWith(root + sep) ||
        join(root, ...parts) !== target ||
        parts.includes('..')
      )
        throw new CliError(`${path} would leave ${root}.`, { code: 'HOSTILE_PATH' });
      let folder = root;
      for (const part of parts.slice(0, -1)) {
        folder = join(folder, part);
        await make(folder);
      }
      return target;
    },
  };
}

/** A link that lies here already could lead anywhere, so nothing is written through one. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const info = await lstat(folder);
  if (!info.isDirectory())
    throw new CliError(
      `${folder} is ${info.isSymbolicLink() ? 'a symbolic link' : 'a file'}, not a folder.`,
      {
        code: 'NOT_A_FOLDER',
        hint: 'Move it away, or pull to another folder.',
      },
    );
}
