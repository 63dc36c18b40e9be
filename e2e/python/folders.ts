import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes files by their paths below `home/name` and answers that folder. */
export async function writeFolder(
  home: string,
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<string> {
  const folder = join(home, name);
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

/** The files of a flat folder by their names. */
export async function readFolder(folder: string): Promise<Map<string, Uint8Array>> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}
