import { HubError } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { iso } from '../../db/present.ts';
import { findEntries, listTree } from '../../repositories/tree/listing.ts';
import { mainBranch } from '../../repositories/versions.ts';
import { type Address, open } from './addresses.ts';
import { flag, manyOf, pageSize } from './inputs.ts';
import { presentEntry } from './present-files.ts';
import { findRevision, findRevisionAndPath, findRevisionIfAny } from './revisions.ts';

const treeQuery = z.object({
  recursive: flag,
  limit: pageSize(1000).default(1000),
  cursor: z.string().max(2000).optional(),
});

/** One page of a folder. A folder that is not there is NOT_FOUND with the field `path`. */
export async function readFolder(ctx: Context, address: Address, query: unknown) {
  const { recursive, limit, cursor } = readInput(treeQuery, query);
  const { repository } = await open(ctx, address, 'read');
  const at = address['*'] ?? '';
  const whole = at === mainBranch || at === 'HEAD';
  if (whole && (await findRevisionIfAny(ctx, repository, at)) === undefined)
    return { items: [], next: undefined };
  const { commit, path } = await findRevisionAndPath(ctx, repository, at);
  const folder = path.replace(/\/+$/, '');
  const version = commit;
  const { entries, next } = await listTree(ctx.db, version, { folder, recursive, limit, after: cursor });
  if (entries.length === 0 && folder !== '' && cursor === undefined)
    throw new HubError('NOT_FOUND', `There is no folder "${folder}" in this version.`, { field: 'path' });
  return { items: entries.map(presentEntry), next };
}

const mostPaths = 5000;

/** Files and folders by their paths: those that are not there are left out. Python sends a form, JavaScript JSON. */
export async function readPaths(ctx: Context, address: Address, body: unknown) {
  const paths = manyOf(body, 'paths', mostPaths);
  const { repository } = await open(ctx, address, 'read');
  const commit = await findRevision(ctx, repository, address['*'] ?? '');
  const entries = await findEntries(
    ctx.db,
    commit,
    paths.map((path) => path.replace(/\/+$/, '')).filter((path) => path !== ''),
  );
  return entries.map(presentEntry);
}

const pageQuery = z.object({ cursor: z.string().max(2000).optional(), limit: pageSize(1000).default(1000) });

/** The LFS files of the main branch, for those who count what fills the disk. */
export async function readLfsFiles(ctx: Context, address: Address, query: unknown) {
  const { cursor, limit } = readInput(pageQuery, query);
  const { repository } = await open(ctx, address, 'read');
  const commit = await findRevisionIfAny(ctx, repository, mainBranch);
  if (commit === undefined) return { items: [], next: undefined };
  const page = await listTree(ctx.db, commit, { folder: '', recursive: true, limit, after: cursor });
  const items = page.entries.flatMap((entry) =>
    entry.kind === 'directory' || entry.gitOid !== undefined
      ? []
      : [
          {
            fileOid: entry.sha256,
            filename: entry.path,
            oid: entry.sha256,
            pushedAt: iso(commit.createdAt),
            ref: `refs/heads/${mainBranch}`,
            size: entry.sizeBytes,
          },
        ],
  );
  return { items, next: page.next };
}
