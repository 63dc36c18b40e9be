/**
 * Where a path stands in a tree: by its folded form, in which paths that some computers take for one file are equal,
 * then by its own characters. All that a folder holds lies together, and what clashes lies side by side.
 */
export interface Position {
  folded: string;
  path: string;
}

/** Without the differences of case and of Unicode's form. A folded path is its folded parts, joined by slashes. */
export const foldPath = (path: string): string =>
  /[^\0-\x7f]/.test(path) ? path.normalize('NFC').toUpperCase().normalize('NFC') : path.toUpperCase();

export const positionOf = (path: string): Position => ({ folded: foldPath(path), path });

/** Before all that a folder holds; the root's for `''`. */
export const startOf = (folder: string): Position => ({
  folded: folder === '' ? '' : `${foldPath(folder)}/`,
  path: '',
});

/** Behind all that a folder holds: `0` comes right after the slash. */
export const endOf = (folder: string): Position => ({ folded: `${foldPath(folder)}0`, path: '' });

/** Right behind a path: no path holds a NUL. */
export const afterPath = (path: string): Position => ({ folded: foldPath(path), path: `${path}\0` });

export function comparePositions(a: Position, b: Position): number {
  if (a.folded !== b.folded) return a.folded < b.folded ? -1 : 1;
  if (a.path === b.path) return 0;
  return a.path < b.path ? -1 : 1;
}

export const comparePaths = (a: string, b: string): number =>
  a === b ? 0 : comparePositions(positionOf(a), positionOf(b));

/** `a`, `a/b` of `a/b/c`. */
export function foldersOf(path: string): string[] {
  const folders = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    folders.push(path.slice(0, slash));
  return folders;
}
