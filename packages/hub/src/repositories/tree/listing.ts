import { createHash } from 'node:crypto';
import type { Queries } from '../../db/connection.ts';
import { fileOf, type TreeFile, totalsOf } from './page.ts';
import { Cursor, type Pages } from './pages.ts';
import { afterPath, endOf, foldersOf, foldPath, positionOf, startOf } from './paths.ts';
import { openPages } from './store.ts';

/** A version, as far as its files are concerned. */
export interface Version {
  repository: string;
  root: string;
}

/** `oid` of a directory: 40 hexadecimal digits that change with the version; not what Git would give it. */
export type TreeEntry =
  | ({ kind: 'file'; path: string } & TreeFile)
  | { kind: 'directory'; path: string; oid: string };

export interface ListingQuery {
  /** `''` is the root; no slash at the end. */
  folder: string;
  /** With all that lies in its folders, the folders among them. */
  recursive: boolean;
  limit: number;
  /** `next` of the page before. */
  after?: string | undefined;
}

/**
 * One page of what a folder holds, in the tree's order: case does not count. A folder that does not exist is empty.
 * The work is that of the page, wherever in the tree it is.
 */
export async function listTree(db: Queries, version: Version, query: ListingQuery): Promise<Listed> {
  const { folder, recursive, limit, after } = query;
  const prefix = folder === '' ? '' : `${folder}/`;
  const { folded } = startOf(folder);
  // Among folders more is passed over than told: paths are enough for that, until there are files again.
  let amongFolders = false;
  const pages = openPages(db, version.repository, () => amongFolders);
  const eager = !recursive;
  const cursor = await Cursor.open(pages, version.root, startAt(query), { eager });
  const entries: TreeEntry[] = [];
  const finish = (listed: Listed) => withFiles(db, version, listed);
  let told = new Set(after === undefined ? [] : foldersOf(after));
  while (cursor.line) {
    const { line } = cursor;
    const [path] = line;
    if (!foldPath(path).startsWith(folded)) break;
    if (!path.startsWith(prefix)) {
      await cursor.next();
      continue;
    }
    const folders = foldersOf(path).filter((one) => one.length > folder.length);
    for (const one of recursive ? folders : folders.slice(0, 1)) {
      if (told.has(one)) continue;
      if (entries.length === limit) return finish(page(entries));
      entries.push({ kind: 'directory', path: one, oid: directoryId(version.root, one) });
    }
    told = new Set(folders);
    const [child] = folders;
    if (!recursive && child !== undefined) {
      amongFolders = true;
      await cursor.seek(endOf(child));
      continue;
    }
    amongFolders = false;
    if (entries.length === limit) return finish(page(entries));
    entries.push({ kind: 'file', path, ...fileOf(line) });
    await cursor.next();
  }
  return finish({ entries });
}

interface Listed {
  entries: TreeEntry[];
  next?: string;
}

const isBare = (entry: TreeEntry): boolean => entry.kind === 'file' && entry.sha256 === '';

/** Where files were found by their paths alone, with what they hold. */
async function withFiles(db: Queries, version: Version, { entries, ...more }: Listed): Promise<Listed> {
  const paths = entries.filter(isBare).map(({ path }) => path);
  if (paths.length === 0) return { entries, ...more };
  const files = await findFiles(openPages(db, version.repository), version.root, paths);
  return {
    ...more,
    entries: entries.map((entry) => (isBare(entry) ? { ...entry, ...files.get(entry.path) } : entry)),
  };
}

function startAt({ folder, recursive, after }: ListingQuery) {
  if (after === undefined) return startOf(folder);
  if (!after.endsWith('/')) return afterPath(after);
  return recursive ? startOf(after.slice(0, -1)) : endOf(after.slice(0, -1));
}

/** A cursor is the last path that was told; a folder's ends with a slash. */
function page(entries: TreeEntry[]): Listed {
  const last = entries.at(-1);
  return last ? { entries, next: last.kind === 'file' ? last.path : `${last.path}/` } : { entries };
}

const directoryId = (root: string, path: string): string =>
  createHash('sha1').update(`${root} ${path}`).digest('hex');

/** Files and folders by path; those that are not there are left out. */
export async function findEntries(
  db: Queries,
  version: Version,
  paths: readonly string[],
): Promise<TreeEntry[]> {
  const pages = openPages(db, version.repository);
  const files = await findFiles(pages, version.root, paths);
  const entries: TreeEntry[] = [];
  for (const path of paths) {
    const file = files.get(path);
    if (file) entries.push({ kind: 'file', path, ...file });
    else if (await holdsFiles(pages, version.root, path))
      entries.push({ kind: 'directory', path, oid: directoryId(version.root, path) });
  }
  return entries;
}

/** One file of a version. */
export async function findTreeFile(
  db: Queries,
  version: Version,
  path: string,
): Promise<TreeFile | undefined> {
  return (await findFiles(openPages(db, version.repository), version.root, [path])).get(path);
}

/** Files by path. */
export async function findFiles(
  pages: Pages,
  root: string,
  paths: readonly string[],
): Promise<Map<string, TreeFile>> {
  const positions = paths.map(positionOf);
  const ordered = positions.toSorted((a, b) => (a.folded < b.folded ? -1 : 1));
  await pages.loadAround(root, ordered);
  const found = new Map<string, TreeFile>();
  for (const position of positions) {
    const { line } = await Cursor.open(pages, root, position);
    if (line && line[0] === position.path) found.set(position.path, fileOf(line));
  }
  return found;
}

async function holdsFiles(pages: Pages, root: string, folder: string): Promise<boolean> {
  for await (const _ of filesIn(pages, root, folder)) return true;
  return false;
}

/** All files of a folder, in order; all of the tree for `''`; those behind the path `after`. */
export async function* filesIn(
  pages: Pages,
  root: string,
  folder: string,
  after?: string,
): AsyncGenerator<{ path: string } & TreeFile> {
  const { folded } = startOf(folder);
  const start = after === undefined ? startOf(folder) : afterPath(after);
  for (const cursor = await Cursor.open(pages, root, start); cursor.line; await cursor.next()) {
    const [path] = cursor.line;
    if (!foldPath(path).startsWith(folded)) return;
    if (folder === '' || path.startsWith(`${folder}/`)) yield { path, ...fileOf(cursor.line) };
  }
}

/** All files of a version, in order; those behind the path `after`. */
export const allFiles = (
  db: Queries,
  version: Version,
  after?: string,
): AsyncGenerator<{ path: string } & TreeFile> =>
  filesIn(openPages(db, version.repository), version.root, '', after);

/** How many files a version has, without listing them. */
export const countFiles = async (db: Queries, version: Version): Promise<number> =>
  totalsOf(await openPages(db, version.repository).get(version.root)).files;
