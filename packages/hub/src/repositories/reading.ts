import { buffer } from 'node:stream/consumers';
import { HubError, type Json, json } from '@banyan/contract';
import { and, desc, eq } from 'drizzle-orm';
import { readBlob } from '../blobs/read.ts';
import type { Context } from '../context.ts';
import { given } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { authorizeRepository } from '../policy.ts';
import type { At } from './repositories.ts';
import { pathOf } from './store.ts';
import { findTreeFile, listTree, type TreeEntry } from './tree/listing.ts';
import { totalsOf } from './tree/page.ts';
import { openPages } from './tree/store.ts';
import { ancestry, type CommitRow, presentCommit, resolveRevision } from './versions.ts';
import { commits, refs } from './versions-table.ts';

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

export async function readRefs(ctx: Context, at: At) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  return ctx.db
    .select({ kind: refs.kind, name: refs.name, commit: refs.commit })
    .from(refs)
    .where(eq(refs.repository, repository.id))
    .orderBy(refs.kind, refs.name);
}

/** Names a version for good: a tag is never moved. Throws ALREADY_EXISTS. */
export async function tagVersion(ctx: Context, at: AtRevision & { tag: string }): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'write');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(refs)
      .values({ repository: repository.id, kind: 'tag', name: at.tag, commit: commit.id })
      .onConflictDoNothing()
      .returning();
    if (!row)
      throw new HubError('ALREADY_EXISTS', `"${pathOf(at)}" has a branch or tag "${at.tag}" already.`, {
        field: 'tag',
      });
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.tag',
      namespace: at.namespace,
      subject: pathOf(at),
      details: { kind: at.kind, tag: at.tag, commit: commit.id },
    });
  });
}

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
  if (own !== undefined) return { explanation: json.parse(JSON.parse(own)) };
  const children = await ctx.db
    .select()
    .from(commits)
    .where(and(eq(commits.repository, repository.id), eq(commits.parent, commit.id)))
    .orderBy(desc(commits.createdAt))
    .limit(mostChildren);
  for (const child of children) {
    const text = await readText(ctx, child, explanationFile);
    if (text !== undefined) return { explanation: json.parse(JSON.parse(text)) };
  }
  return {};
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
