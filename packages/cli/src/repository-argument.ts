import type { HubApi, RepositoryKind } from '@banyan/contract';
import { leaf } from './command.ts';
import { parsePath } from './values.ts';

/** Which repository a command is about. */
export interface At {
  kind: RepositoryKind;
  namespace: string;
  name: string;
}

export interface ModelOption {
  model?: boolean;
}

/** A command about a dataset, or with `--model` about a model. */
export const repositoryLeaf = (...args: Parameters<typeof leaf>): ReturnType<typeof leaf> =>
  leaf(...args).option('--model', 'of a model instead of a dataset');

export const repositoryAt = (path: string, { model }: ModelOption): At => ({
  kind: model === true ? 'model' : 'dataset',
  ...parsePath(path),
});

export interface VersionOptions extends ModelOption {
  revision: string;
}

/** A command about a version of a repository: `main` where none is named. */
export const versionLeaf = (...args: Parameters<typeof leaf>): ReturnType<typeof leaf> =>
  repositoryLeaf(...args).option('--revision <revision>', 'a branch, tag or commit', 'main');

export const versionAt = (path: string, options: VersionOptions): At & { revision: string } => ({
  ...repositoryAt(path, options),
  revision: options.revision,
});

/** How far back the beginning of a commit's id is looked for. */
const knownCommits = 1000;

/**
 * A revision as the hub knows it: the first digits of a commit's id (seven at least, as `repo history` prints eight) are
 * looked for in the history of `branch`; anything else stands as it is.
 */
export async function fullRevision(
  hub: HubApi,
  at: At,
  { revision, branch = 'main' }: { revision: string; branch?: string },
): Promise<string> {
  if (!/^[0-9a-f]{7,39}$/.test(revision)) return revision;
  let cursor: string | undefined;
  for (let seen = 0; seen < knownCommits; ) {
    const page = await hub.repositories.history({
      ...at,
      revision: branch,
      limit: 200,
      ...(cursor !== undefined && { cursor }),
    });
    const found = page.items.find(({ id }) => id.startsWith(revision));
    if (found) return found.id;
    seen += page.items.length;
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return revision;
}
