import { text } from 'node:stream/consumers';
import { type Commit, type FileChange, HubError, type TableChange } from '@banyan/contract';
import { formatPatch, structuredPatch } from 'diff';
import { and, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { readBlob } from '../blobs/read.ts';
import type { Context } from '../context.ts';
import { given } from '../db/present.ts';
import { authorizeRepository, type RepositoryRow } from '../policy.ts';
import type { At } from './repositories.ts';
import { pathOf } from './store.ts';
import { changesBetween } from './tree/changes.ts';
import { findTreeFile } from './tree/listing.ts';
import { emptyRoot, type TreeFile } from './tree/page.ts';
import { afterPath } from './tree/paths.ts';
import { openPages } from './tree/store.ts';
import { type CommitRow, presentCommit, resolveRevision } from './versions.ts';
import { profiles } from './versions-table.ts';

type Between = At & { from?: string | undefined; to: string };

/** Two versions to compare; `from` absent: the one before `to`, if there is one. */
async function readSides(ctx: Context, at: Between) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const to = await resolveRevision(ctx.db, repository, at.to);
  const before = at.from ?? to.parent;
  const from = before === null ? undefined : await resolveRevision(ctx.db, repository, before);
  return { repository, from, to };
}

/** A page of the files in which two versions differ. By pages of the trees: the work is that of the difference. */
export async function diffVersions(
  ctx: Context,
  at: Between & { limit: number; cursor?: string | undefined },
): Promise<{ from?: Commit; to: Commit; files: FileChange[]; table?: TableChange; nextCursor?: string }> {
  const { repository, from, to } = await readSides(ctx, at);
  const changes = changesBetween(openPages(ctx.db, repository.id), {
    from: from?.root ?? emptyRoot,
    to: to.root,
    behind: at.cursor === undefined ? undefined : afterPath(at.cursor),
  });
  const files: FileChange[] = [];
  let nextCursor: string | undefined;
  for await (const { path, before, after } of changes) {
    if (files.length === at.limit) {
      nextCursor = files.at(-1)?.path;
      break;
    }
    files.push({
      path,
      ...given('before', before && sideOf(before)),
      ...given('after', after && sideOf(after)),
    });
  }
  const table = at.cursor === undefined && from ? await diffTables(ctx, repository, [from, to]) : undefined;
  return {
    ...given('from', from && presentCommit(from)),
    to: presentCommit(to),
    files,
    ...given('table', table),
    ...given('nextCursor', nextCursor),
  };
}

const sideOf = ({ sha256, sizeBytes }: TreeFile) => ({ sha256, sizeBytes });

/** Larger files, and files with more different lines, are not compared line by line. */
const comparedBytes = 512 << 10;
const comparedLines = 5000;
/** Nobody else is served meanwhile. */
const comparedMs = 400;

/** The lines in which one text differs between two versions. Throws NOT_FOUND when neither has it. */
export async function diffText(
  ctx: Context,
  at: Between & { path: string },
): Promise<{ diff?: string; added: number; removed: number }> {
  const { from, to } = await readSides(ctx, at);
  const before = from && (await findTreeFile(ctx.db, from, at.path));
  const after = await findTreeFile(ctx.db, to, at.path);
  if (!before && !after)
    throw new HubError('NOT_FOUND', `Neither version has a file "${at.path}".`, { field: 'path' });
  const [old, now] = [await readText(ctx, before), await readText(ctx, after)];
  if (old === undefined || now === undefined) return { added: 0, removed: 0 };
  const [one, other] = [before ? `a/${at.path}` : '/dev/null', after ? `b/${at.path}` : '/dev/null'];
  const patch = structuredPatch(one, other, old, now, undefined, undefined, {
    maxEditLength: comparedLines,
    timeout: comparedMs,
  });
  if (patch === undefined) return { added: 0, removed: 0 };
  const lines = patch.hunks.flatMap((hunk) => hunk.lines);
  const count = (sign: '+' | '-') => lines.filter((line) => line.startsWith(sign)).length;
  return { diff: formatPatch(patch), added: count('+'), removed: count('-') };
}

/** The text of a file, empty when there is none; undefined for what is too large or no text. */
async function readText(ctx: Context, file: TreeFile | undefined): Promise<string | undefined> {
  if (!file) return '';
  if (file.sizeBytes > comparedBytes) return undefined;
  const content = await text(await readBlob(ctx, file.sha256));
  return /[\0\uFFFD]/.test(content) ? undefined : content;
}

/** What a diff looks at in the data package's Profile. */
const profile = z.object({
  rows: z.number(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })).max(100_000),
});

/** What the profiles of two versions of a dataset say of their tables; undefined while one of them has none. */
async function diffTables(
  ctx: Context,
  repository: RepositoryRow,
  [from, to]: [CommitRow, CommitRow],
): Promise<TableChange | undefined> {
  if (repository.kind !== 'dataset') return undefined;
  const rows = await ctx.db
    .select({ commit: profiles.commit, profile: profiles.profile })
    .from(profiles)
    .where(and(eq(profiles.repository, repository.id), inArray(profiles.commit, [from.id, to.id])));
  const read = ({ id }: CommitRow) => profile.safeParse(rows.find(({ commit }) => commit === id)?.profile);
  const [before, after] = [read(from), read(to)];
  if (!before.success || !after.success) return undefined;
  return {
    rows: { before: before.data.rows, after: after.data.rows },
    columns: diffColumns(before.data.columns, after.data.columns),
  };
}

type Column = z.infer<typeof profile>['columns'][number];

function diffColumns(before: Column[], after: Column[]): TableChange['columns'] {
  const old = new Map(before.map((column) => [column.name, column]));
  const changes: TableChange['columns'] = [];
  for (const column of after) {
    const was = old.get(column.name);
    old.delete(column.name);
    const { name } = column;
    if (!was) changes.push({ name, change: 'added', after: plain(column) });
    else if (was.type !== column.type)
      changes.push({ name, change: 'retyped', before: plain(was), after: plain(column) });
    else if (JSON.stringify(was) !== JSON.stringify(column))
      changes.push({ name, change: 'values', before: plain(was), after: plain(column) });
  }
  for (const [name, was] of old) changes.push({ name, change: 'removed', before: plain(was) });
  return changes;
}

const plain = (column: Column) => JSON.parse(JSON.stringify(column));
