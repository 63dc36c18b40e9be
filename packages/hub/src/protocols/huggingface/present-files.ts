import { gitOidOf } from '../../blobs/git-oid.ts';
import type { TreeEntry } from '../../repositories/tree/listing.ts';

export type FileEntry = Extract<TreeEntry, { kind: 'file' }>;

/** What Git stores in place of an LFS file. */
export const pointerOf = ({ sha256, sizeBytes }: { sha256: string; sizeBytes: number }): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${sizeBytes}\n`;

/** What names a file's content: the sha1 of Git's for a regular one, the sha256 for an LFS file. */
export const etagOf = ({ sha256, gitOid }: { sha256: string; gitOid?: string | undefined }): string =>
  gitOid ?? sha256;

/** An entry of a listing. Its size is that of the file, never of the pointer. */
export function presentEntry(entry: TreeEntry) {
  if (entry.kind === 'directory') return { type: 'directory', oid: entry.oid, size: 0, path: entry.path };
  const { path, sha256, sizeBytes: size, gitOid } = entry;
  if (gitOid !== undefined) return { type: 'file', oid: gitOid, size, path };
  const pointer = Buffer.from(pointerOf(entry));
  const lfs = { oid: sha256, size, pointerSize: pointer.length };
  return { type: 'file', oid: gitOidOf(pointer), size, path, lfs };
}

/** The same in a repository's `siblings`, where their protocol has other names for it. */
export function presentSibling(entry: FileEntry, blobs: boolean) {
  const rfilename = entry.path;
  if (!blobs) return { rfilename };
  const { oid: blobId, size, lfs } = presentEntry(entry);
  return {
    rfilename,
    blobId,
    size,
    ...(lfs && { lfs: { sha256: lfs.oid, size: lfs.size, pointerSize: lfs.pointerSize } }),
  };
}
