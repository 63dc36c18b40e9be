import { HubError } from '@banyan/contract';
import { Cursor, type Pages } from './pages.ts';
import { comparePositions, foldersOf, foldPath, positionOf, startOf } from './paths.ts';

/**
 * Throws BAD_INPUT when one of the added paths would on some computer be the same file, or the same folder, as another
 * of the tree: differing only in case or in Unicode's normal form, or a file where another path needs a folder. What
 * clashes lies side by side, so each path costs a few steps whatever the size of the tree.
 */
export async function refuseClashes(pages: Pages, root: string, added: readonly string[]): Promise<void> {
  const positions = added.map(positionOf).sort(comparePositions);
  await pages.loadAround(root, positions);
  const folders = new Map<string, string>();
  for (const { path, folded } of positions) {
    const cursor = await Cursor.open(pages, root, { folded, path: '' });
    for (; cursor.line && foldPath(cursor.line[0]) === folded; await cursor.next())
      if (cursor.line[0] !== path) throw clash(path, cursor.line[0], 'are one file on some computers');
    const inside = await firstIn(pages, root, path);
    if (inside !== undefined) throw clash(inside, path, isFolderOf);
    for (const folder of foldersOf(path)) {
      const known = folders.get(foldPath(folder));
      if (known === folder) continue;
      if (known !== undefined) throw clash(folder, known, 'are one folder on some computers');
      await refuseFolder(pages, root, { folder, path });
      folders.set(foldPath(folder), folder);
    }
  }
}

async function refuseFolder(
  pages: Pages,
  root: string,
  { folder, path }: { folder: string; path: string },
): Promise<void> {
  const folded = foldPath(folder);
  const cursor = await Cursor.open(pages, root, { folded, path: '' });
  const [file] = cursor.line ?? [];
  if (file !== undefined && foldPath(file) === folded) throw clash(path, file, isFolderOf);
  const inside = await firstIn(pages, root, folder);
  if (inside === undefined || inside.startsWith(`${folder}/`)) return;
  const other = foldersOf(inside).find((one) => foldPath(one) === folded) ?? inside;
  throw clash(folder, other, 'are one folder on some computers');
}

async function firstIn(pages: Pages, root: string, folder: string): Promise<string | undefined> {
  const start = startOf(folder);
  const [path] = (await Cursor.open(pages, root, start)).line ?? [];
  return path !== undefined && foldPath(path).startsWith(start.folded) ? path : undefined;
}

const isFolderOf = 'cannot both be: one is a folder of the other';

const clash = (path: string, other: string, why: string): HubError =>
  new HubError('BAD_INPUT', `"${path}" and "${other}" ${why}. Rename one of them.`, { field: 'operations' });
