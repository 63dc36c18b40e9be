import { createHash } from 'node:crypto';
import { type FileEntry, HubError } from '@banyan/contract';
import type { Tree } from './versions-table.ts';

/** A change to a tree; `add` replaces a file of the same path. */
export type Change =
  | { op: 'add'; path: string; sha256: string; sizeBytes: number }
  | { op: 'delete'; path: string };

/**
 * The tree after changes. Throws BAD_INPUT when a deleted path is not there, or when two paths would be one file on
 * some computer: differing only in case or in Unicode's normal form, or a file where another path needs a folder.
 */
export function changeTree(tree: Tree, changes: readonly Change[]): Tree {
  const next = new Map(Object.entries(tree));
  for (const change of changes) {
    if (change.op === 'add') next.set(change.path, { sha256: change.sha256, sizeBytes: change.sizeBytes });
    else if (!next.delete(change.path))
      throw new HubError('BAD_INPUT', `There is no file "${change.path}" to delete.`, {
        field: 'operations',
      });
  }
  refuseClashes([...next.keys()]);
  return Object.fromEntries([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refuseClashes(paths: string[]): void {
  const files = new Map<string, string>();
  for (const path of paths) {
    const other = files.get(foldPath(path));
    if (other !== undefined) throw clash(path, other, 'are one file on some computers');
    files.set(foldPath(path), path);
  }
  for (const path of paths) {
    const folded = foldPath(path);
    for (let slash = folded.indexOf('/'); slash >= 0; slash = folded.indexOf('/', slash + 1)) {
      const file = files.get(folded.slice(0, slash));
      if (file !== undefined) throw clash(path, file, 'cannot both be: one is a folder of the other');
    }
  }
}

const foldPath = (path: string): string => path.normalize('NFC').toLowerCase();

const clash = (path: string, other: string, why: string): HubError =>
  new HubError('BAD_INPUT', `"${path}" and "${other}" ${why}. Rename one of them.`, { field: 'operations' });

/** 40 hexadecimal digits, as Git's clients expect of a commit: the head of a sha256 over all that makes it. */
export function commitId(content: {
  parent: string | undefined;
  tree: Tree;
  message: string;
  author: string;
  createdAt: Date;
}): string {
  const { parent = '', tree, message, author, createdAt } = content;
  const files = Object.entries(tree).map(([path, { sha256 }]) => [path, sha256]);
  const text = JSON.stringify([parent, files, message, author, createdAt.toISOString()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

export const filesOf = (tree: Tree): FileEntry[] =>
  Object.entries(tree)
    .map(([path, file]) => ({ path, ...file }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

/** Files whose rows can be profiled. */
export const isTable = (path: string): boolean =>
  /\.(csv|tsv|json|jsonl|ndjson|parquet|txt|idx)(\.gz)?$|[-.]idx\d-ubyte(\.gz)?$/i.test(path);
