import { hash } from 'node:crypto';
import type { TreeFile } from '../../repositories/tree/page.ts';
import type { CommitRow } from '../../repositories/versions.ts';

/**
 * Git's objects, which a version's tree and message determine: the same version has the same names on every hub.
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export type GitObject =
  | { type: 'commit' | 'tree'; oid: string; content: Buffer }
  | { type: 'blob'; oid: string; content: Buffer | TreeFile };

export const nameObject = (type: GitObject['type'], content: Buffer): string =>
  hash('sha1', Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]));

export interface Entry {
  name: string;
  folder: boolean;
  oid: string;
}

/** A folder. Its entries are ordered by the bytes of their names, folders as if a slash came behind. */
export function encodeTree(entries: readonly Entry[]): Buffer {
  const ordered = entries
    .map((entry) => ({ entry, key: Buffer.from(entry.folder ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    ordered.flatMap(({ entry: { name, folder, oid } }) => [
      Buffer.from(`${folder ? '40000' : '100644'} ${name}\0`),
      Buffer.from(oid, 'hex'),
    ]),
  );
}

/** A version. Its author has no address here that mail could reach; its last line says what this hub calls it. */
export function encodeCommit(
  commit: CommitRow,
  { tree, parent }: { tree: string; parent: string | undefined },
): Buffer {
  const author = commit.author.replaceAll(/[<>\n\0]/g, ' ') || 'nobody';
  const seconds = Math.floor(commit.createdAt.getTime() / 1000);
  const who = `${author} <${author}@noreply.invalid> ${seconds} +0000`;
  const lines = [
    `tree ${tree}`,
    ...(parent === undefined ? [] : [`parent ${parent}`]),
    `author ${who}`,
    `committer ${who}`,
    '',
    commit.message,
    ...(commit.description === null ? [] : ['', commit.description]),
    '',
    `Banyan-Commit: ${commit.id}`,
  ];
  return Buffer.from(`${lines.join('\n').replaceAll('\0', ' ')}\n`);
}
