import { buffer } from 'node:stream/consumers';
import { HubError, type Json } from '@banyan/contract';
import { and, desc, eq, sql } from 'drizzle-orm';
import { readBlob } from '../blobs/read.ts';
import type { Context } from '../context.ts';
import { given } from '../db/present.ts';
import { authorizeRepository } from '../policy.ts';
import type { At } from './repositories.ts';
import { pathOf } from './store.ts';
import { findTreeFile, listTree, type TreeEntry } from './tree/listing.ts';
import { totalsOf } from './tree/page.ts';
import { openPages } from './tree/store.ts';
import { ancestry, type CommitRow, presentCommit, resolveRevision } from './versions.ts';
import { commits } from './versions-table.ts';

type AtRevision = At & { revision: string };

/** Larger cards and explanations are files to download, not pages to show. */
const shownBytes = 4 << 20;

/** Commits, newest first. */
export async function readHistory(
  ctx: Context,
  at: AtRevision & { limit: number; cursor?: string | undefined },
) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const from = await resolveRevision(ctx.db, repository, at.cursor ?? at.revision);
  const rows = await ancestry(ctx.db, repository.id, from.id, at.limit + 1);
  return {
    items: rows.slice(0, at.limit).map(presentCommit),
    ...given('nextCursor', rows[at.limit]?.id),
  };
}

/** How many commits lead to a version, itself among them. */
export async function countHistory(ctx: Context, at: AtRevision): Promise<{ count: number }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const { id } = await resolveRevision(ctx.db, repository, at.revision);
  const { rows } = await ctx.db.execute<{ count: number }>(sql`
    with recursive line as (
      select parent from commits where repository = ${repository.id} and id = ${id}
      union all
      select c.parent from commits c join line on c.repository = ${repository.id} and c.id = line.parent
    ) select count(*)::int as count from line`);
  return { count: rows[0]?.count ?? 0 };
}

/** A page of the files and folders of a version. Their names are told to those alone who may read them. */
export async function readTree(
  ctx: Context,
  at: AtRevision & {
    folder?: string | undefined;
    recursive: boolean;
    limit: number;
    cursor?: string | undefined;
  },
) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const { folder = '', recursive, limit, cursor } = at;
  const { entries, next } = await listTree(ctx.db, commit, { folder, recursive, limit, after: cursor });
  if (folder !== '' && cursor === undefined && entries.length === 0)
    throw new HubError('NOT_FOUND', `"${pathOf(repository)}" at ${at.revision} has no folder "${folder}".`, {
      field: 'folder',
    });
  return {
    commit: presentCommit(commit),
    total: totalsOf(await openPages(ctx.db, repository.id).get(commit.root)),
    files: entries.flatMap((entry) => (entry.kind === 'file' ? [withoutKind(entry)] : [])),
    folders: entries.flatMap((entry) => (entry.kind === 'directory' ? [{ path: entry.path }] : [])),
    ...given('nextCursor', next),
  };
}

const withoutKind = ({ kind: _, ...file }: Extract<TreeEntry, { kind: 'file' }>) => file;

/** The README: of a gated repository everybody signed in may read it; it says what is behind the gate. */
export async function readCard(ctx: Context, at: AtRevision): Promise<{ markdown: string }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  return { markdown: (await readText(ctx, commit, 'README.md')) ?? '' };
}

/**
 * The explanation that an explain job committed: in the version itself, or, since that commit comes after the version
 * it explains, in one whose parent it is.
 */
export async function readExplanation(ctx: Context, at: AtRevision): Promise<{ explanation?: Json }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const own = await readText(ctx, commit, explanationFile);
  if (own !== undefined) return asExplanation(own);
  const children = await ctx.db
    .select()
    .from(commits)
    .where(and(eq(commits.repository, repository.id), eq(commits.parent, commit.id)))
    .orderBy(desc(commits.createdAt))
    .limit(mostChildren);
  for (const child of children) {
    const text = await readText(ctx, child, explanationFile);
    if (text !== undefined) return asExplanation(text);
  }
  return {};
}

/** Anybody may commit a file of that name: one that is not JSON explains nothing. */
function asExplanation(text: string): { explanation?: Json } {
  try {
    return { explanation: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Versions made from one version that are looked at for its explanation. */
const mostChildren = 20;
const explanationFile = 'explanation.json';

async function readText(ctx: Context, commit: CommitRow, path: string): Promise<string | undefined> {
  const file = await findTreeFile(ctx.db, commit, path);
  if (!file || file.sizeBytes > shownBytes) return undefined;
  return String(await buffer(await readBlob(ctx, file.sha256)));
}

/** One file of a version, for a download. Throws NOT_FOUND. */
export async function findFile(ctx: Context, at: AtRevision & { path: string }) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const file = await findTreeFile(ctx.db, commit, at.path);
  if (!file) throw new HubError('NOT_FOUND', `"${pathOf(at)}" at ${at.revision} has no file "${at.path}".`);
  return file;
}
