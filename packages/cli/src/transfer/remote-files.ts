import { posix } from 'node:path';
import { type FileEntry, filePath, type HubApi, type RepositoryKind } from '@banyan/contract';
import { everyFile } from '../every-file.ts';
import { CliError } from '../refusal.ts';

export interface RemoteVersion {
  kind: RepositoryKind;
  /** `namespace/name`. */
  repository: string;
  /** A commit, so that all files are of one version. */
  commit: string;
}

/** Every file of a version; throws when one could not be in a repository. */
export async function listVersion(
  hub: HubApi,
  at: { kind: RepositoryKind; namespace: string; name: string; revision: string },
): Promise<{ commit: string; files: FileEntry[] }> {
  const { commit, files } = await everyFile(hub, at);
  for (const { path } of files)
    if (!filePath.safeParse(path).success)
      throw new CliError(`The hub names a file ${JSON.stringify(path)}, which no repository can hold.`, {
        code: 'HOSTILE_PATH',
        hint: 'Nothing was written. Do not trust this hub.',
      });
  return { commit: commit.id, files };
}

const matches = (path: string, pattern: string): boolean =>
  posix.matchesGlob(path, pattern) ||
  // As in .gitignore: a pattern without a slash is one for names, in whatever folder; a folder stands for all in it.
  (!pattern.includes('/') && posix.matchesGlob(posix.basename(path), pattern)) ||
  path.startsWith(`${pattern.replace(/\/+$/, '')}/`);

/** Those of any `include` (all, if there is none) and of no `exclude`: patterns as `*.csv`, `data/**`, `data/*.json`. */
export function selectFiles(
  files: readonly FileEntry[],
  { include, exclude }: { include: readonly string[]; exclude: readonly string[] },
): FileEntry[] {
  return files.filter(
    ({ path }) =>
      (include.length === 0 || include.some((pattern) => matches(path, pattern))) &&
      !exclude.some((pattern) => matches(path, pattern)),
  );
}
