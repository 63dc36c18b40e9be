import { createHash } from 'node:crypto';
import { type Commit, HubError, type RefKind } from '@banyan/contract';
import { and, eq, getTableColumns, like, type SQL, sql } from 'drizzle-orm';
import { isOneOf } from '../blobs/is-one-of.ts';
import { blobs } from '../blobs/table.ts';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import type { Changed } from './changing.ts';
import type { repositories } from './table.ts';
import { commits, refs, repositoryBlobs } from './versions-table.ts';

const { tree: _, ...columns } = getTableColumns(commits);
/** All but how commits once held their files. */
export const commitColumns = columns;
export type CommitRow = Omit<typeof commits.$inferSelect, 'tree'>;
type RepositoryRow = typeof repositories.$inferSelect;

export const mainBranch = 'main';

/** The commit that a branch (or `refs/pr/N`) points to; undefined for a branch that is not there yet. */
export async function headOf(
  db: Queries,
  repository: string,
  branch: string,
): Promise<CommitRow | undefined> {
  const [row] = await db
    .select({ commit: columns })
    .from(refs)
    .innerJoin(commits, and(eq(commits.repository, refs.repository), eq(commits.id, refs.commit)))
    .where(and(eq(refs.repository, repository), eq(refs.kind, kindOf(branch)), eq(refs.name, branch)));
  return row?.commit;
}

/** What moves under a name that one commits to. */
const kindOf = (branch: string): RefKind => {
  if (branch.startsWith('refs/pr/')) return 'pull';
  return branch.startsWith('refs/convert/') ? 'convert' : 'branch';
};

/**
 * The commit that a revision names: an id or its first seven digits or more, `HEAD`, a branch, a tag, `refs/heads/x`,
 * `refs/tags/x`, `refs/pr/N` or `refs/convert/parquet`. Throws NOT_FOUND, and says so when there is no version at all.
 */
export async function resolveRevision(
  db: Queries,
  repository: RepositoryRow,
  revision: string,
): Promise<CommitRow> {
  const [row] = [
    ...(/^[0-9a-f]{40}$/.test(revision) ? await findCommit(db, repository.id, revision) : []),
    ...(await db
      .select({ ...columns })
      .from(refs)
      .innerJoin(commits, and(eq(commits.repository, refs.repository), eq(commits.id, refs.commit)))
      .where(and(eq(refs.repository, repository.id), isNamed(revision)))),
  ];
  if (row) return row;
  if (/^[0-9a-f]{7,39}$/.test(revision)) {
    const [found, another] = await db
      .select(columns)
      .from(commits)
      .where(and(eq(commits.repository, repository.id), like(commits.id, `${revision}%`)))
      .limit(2);
    if (another)
      throw new HubError('BAD_INPUT', `More than one version begins with "${revision}"; write more of it.`, {
        field: 'revision',
      });
    if (found) return found;
  }
  const path = `${repository.namespace}/${repository.name}`;
  if (revision === mainBranch || revision === 'HEAD')
    throw new HubError('NOT_FOUND', `The ${repository.kind} "${path}" has no files yet.`);
  throw new HubError('NOT_FOUND', `"${path}" has no version "${revision}".`, { field: 'revision' });
}

const findCommit = (db: Queries, repository: string, id: string): Promise<CommitRow[]> =>
  db
    .select(columns)
    .from(commits)
    .where(and(eq(commits.repository, repository), eq(commits.id, id)));

function isNamed(revision: string): SQL | undefined {
  const [, space, name = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(revision) ?? [];
  if (space === 'heads') return and(eq(refs.kind, 'branch'), eq(refs.name, name));
  if (space === 'tags') return and(eq(refs.kind, 'tag'), eq(refs.name, name));
  return eq(refs.name, revision === 'HEAD' ? mainBranch : revision);
}

/**
 * A revision and a path that were written one behind the other, as in `refs/pr/1/sub/dir`: the longest that names a
 * version is the revision. Throws NOT_FOUND.
 */
export async function splitRevision(
  db: Queries,
  repository: RepositoryRow,
  joined: string,
): Promise<{ revision: string; commit: CommitRow; path: string }> {
  const parts = joined.split('/');
  const longest = Math.min(parts.length, mostParts);
  for (let length = longest; length > 0; length -= 1) {
    const revision = parts.slice(0, length).join('/');
    try {
      const commit = await resolveRevision(db, repository, revision);
      return { revision, commit, path: parts.slice(length).join('/') };
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'NOT_FOUND' || length === 1) throw error;
    }
  }
  throw new HubError('NOT_FOUND');
}

/** Slashes in a revision, at most: names of branches may hold some. */
const mostParts = 12;

/** A commit and those before it, newest first, without their trees. */
export async function ancestry(db: Queries, repository: string, from: string, limit: number) {
  const { rows: line } = await db.execute<{ id: string }>(sql`
    with recursive line as (
      select id, parent, 1 as depth from commits where repository = ${repository} and id = ${from}
      union all
      select c.id, c.parent, line.depth + 1 from commits c
        join line on c.repository = ${repository} and c.id = line.parent where line.depth < ${limit}
    ) select id from line order by depth`);
  const order = new Map(line.map(({ id }, depth) => [id, depth]));
  const rows = await db
    .select(columns)
    .from(commits)
    .where(and(eq(commits.repository, repository), isOneOf(commits.id, [...order.keys()])));
  return rows.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

/** How many commits there are up to one, itself among them. */
export async function countAncestry(db: Queries, repository: string, from: string): Promise<number> {
  const { rows } = await db.execute<{ total: number }>(sql`
    with recursive line as (
      select id, parent from commits where repository = ${repository} and id = ${from}
      union all
      select c.id, c.parent from commits c join line on c.repository = ${repository} and c.id = line.parent
    ) select count(*)::int as total from line`);
  return rows[0]?.total ?? 0;
}

export interface NewCommit {
  /** A branch or `refs/pr/N`. */
  branch: string;
  /** The version that was built on; undefined for the first. */
  parent: CommitRow | undefined;
  changed: Changed;
  message: string;
  description?: string | undefined;
  /** Username. */
  author: string;
  run?: string | undefined;
  /** Even one that changes nothing. */
  even?: boolean;
}

/**
 * Writes a version and moves its branch. The caller holds the repository's row lock, has written the pages of the tree
 * and knows that the blobs exist. A tree that changes nothing makes no commit: the parent is the answer.
 */
export async function writeCommit(tx: Queries, repository: string, commit: NewCommit): Promise<CommitRow> {
  const { branch, parent, changed, message, description, author, run } = commit;
  const { root } = changed;
  if (parent?.root === root && commit.even !== true) return parent;
  const createdAt = new Date();
  const id = commitId({ parent: parent?.id, root, message, description, author, createdAt });
  const [row] = await tx
    .insert(commits)
    .values({ repository, id, parent: parent?.id, message, description, author, run, root, createdAt })
    .returning(columns);
  if (!row) throw new Error('insert returned no row');
  await referTo(tx, repository, [
    ...new Set([...changed.files.values()].flatMap((file) => file?.sha256 ?? [])),
  ]);
  await moveRef(tx, repository, { name: branch, commit: id });
  return row;
}

/**
 * Writes a version anew with another tree, on another parent: all else of it stays, and it gets a new name, which is the
 * answer. The caller holds the repository's row lock, and has written the pages of the tree.
 */
export async function rewriteCommit(
  tx: Queries,
  commit: CommitRow,
  { root, parent }: { root: string; parent: string | null },
): Promise<string> {
  const { message, author, createdAt } = commit;
  const description = commit.description ?? undefined;
  const id = commitId({ parent: parent ?? undefined, root, message, description, author, createdAt });
  await tx
    .insert(commits)
    .values({ ...commit, id, parent, root })
    .onConflictDoNothing();
  return id;
}

/** Notes that a repository holds these blobs. Throws UNAVAILABLE for one that was let go of meanwhile. */
async function referTo(tx: Queries, repository: string, hashes: string[]): Promise<void> {
  const held = await tx
    .select({ sha256: blobs.sha256 })
    .from(blobs)
    .where(isOneOf(blobs.sha256, hashes))
    .orderBy(blobs.sha256)
    .for('key share');
  if (held.length < hashes.length)
    throw new HubError(
      'UNAVAILABLE',
      'Some of these bytes were kept unused for so long that they were deleted.',
      {
        field: 'operations',
        hint: 'Upload the files again, then commit.',
      },
    );
  await tx.execute(sql`
    insert into ${repositoryBlobs} (repository, sha256)
    select ${repository}, unnest(${sql.param(hashes)}::text[]) on conflict do nothing`);
}

/** Points a branch, or the head of a pull request, to a commit. Throws BAD_INPUT when the name is a tag's. */
export async function moveRef(
  tx: Queries,
  repository: string,
  { name, commit }: { name: string; commit: string },
): Promise<void> {
  const kind = kindOf(name);
  const [moved] = await tx
    .insert(refs)
    .values({ repository, kind, name, commit })
    .onConflictDoUpdate({
      target: [refs.repository, refs.name],
      set: { commit },
      setWhere: eq(refs.kind, kind),
    })
    .returning();
  if (!moved)
    throw new HubError('BAD_INPUT', `"${name}" is a tag, and tags do not move.`, { field: 'branch' });
}

/** 40 hexadecimal digits, as Git's clients expect of a commit: the head of a sha256 over all that makes it. */
function commitId(content: {
  parent: string | undefined;
  root: string;
  message: string;
  description: string | undefined;
  author: string;
  createdAt: Date;
}): string {
  const { parent = '', root, message, description = '', author, createdAt } = content;
  const text = JSON.stringify([parent, root, message, description, author, createdAt.toISOString()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

export const presentCommit = (row: CommitRow): Commit => ({
  id: row.id,
  ...given('parent', row.parent),
  message: row.message,
  ...given('description', row.description),
  author: row.author,
  ...given('run', row.run),
  createdAt: iso(row.createdAt),
});
