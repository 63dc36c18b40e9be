import { HubError } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { given, iso } from '../../db/present.ts';
import { lastChanges } from '../../repositories/last-changes.ts';
import { findEntries, listTree, type TreeEntry } from '../../repositories/tree/listing.ts';
import { type CommitRow, mainBranch } from '../../repositories/versions.ts';
import { type Address, open } from './addresses.ts';
import { flag, manyOf, pageSize, withoutSlashes } from './inputs.ts';
import { presentEntry } from './present-files.ts';
import { findRevision, findRevisionAndPath, findRevisionIfAny } from './revisions.ts';

const treeQuery = z.object({
  recursive: flag,
  expand: flag,
  limit: pageSize(1000).default(1000),
  cursor: z.string().max(2000).optional(),
});

/** One page of a folder. A folder that is not there is NOT_FOUND with the field `path`. */
export async function readFolder(ctx: Context, address: Address, query: unknown) {
  const { recursive, expand, limit, cursor } = readInput(treeQuery, query);
  const { repository } = await open(ctx, address, 'read');
  const at = address['*'] ?? '';
  const whole = at === mainBranch || at === 'HEAD';
  if (whole && (await findRevisionIfAny(ctx, repository, at)) === undefined)
    return { items: [], next: undefined };
  const { commit, path } = await findRevisionAndPath(ctx, repository, at);
  const folder = withoutSlashes(path);
  const version = commit;
  const { entries, next } = await listTree(ctx.db, version, { folder, recursive, limit, after: cursor });
  if (entries.length === 0 && folder !== '' && cursor === undefined)
    throw new HubError('NOT_FOUND', `There is no folder "${folder}" in this version.`, { field: 'path' });
  return { items: await present(ctx, version, { entries, expand }), next };
}

const mostPaths = 5000;

/** Files and folders by their paths: those that are not there are left out. Python sends a form, JavaScript JSON. */
export async function readPaths(ctx: Context, address: Address, body: unknown) {
  const paths = manyOf(body, 'paths', mostPaths);
  const { expand } = readInput(z.object({ expand: flag }), body ?? {});
  const { repository } = await open(ctx, address, 'read');
  const commit = await findRevision(ctx, repository, address['*'] ?? '');
  const entries = await findEntries(
    ctx.db,
    commit,
    paths.map(withoutSlashes).filter((path) => path !== ''),
  );
  return present(ctx, commit, { entries, expand });
}

/** Entries as clients know them; `expand` tells of each in which version it was changed last. */
async function present(
  ctx: Context,
  version: CommitRow,
  { entries, expand }: { entries: TreeEntry[]; expand: boolean },
) {
  if (!expand) return entries.map((entry) => presentEntry(entry));
  const changed = await lastChanges(
    ctx.db,
    version,
    entries.map(({ path }) => path),
  );
  return entries.map((entry) => {
    const commit = changed.get(entry.path);
    const lastCommit = commit && { id: commit.id, title: commit.message, date: iso(commit.createdAt) };
    return { ...presentEntry(entry), ...given('lastCommit', lastCommit) };
  });
}
