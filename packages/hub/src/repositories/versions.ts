import { type Commit, HubError } from '@banyan/contract';
import { and, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import type { repositories } from './table.ts';
import { commitId, filesOf } from './tree.ts';
import { commits, refs, repositoryBlobs, type Tree } from './versions-table.ts';

export type CommitRow = typeof commits.$inferSelect;
type RepositoryRow = typeof repositories.$inferSelect;

export const mainBranch = 'main';

/** The commit that a branch points to; undefined for a branch that is not there yet. */
export async function headOf(
  db: Queries,
  repository: string,
  branch: string,
): Promise<CommitRow | undefined> {
  const [row] = await db
    .select({ commit: commits })
    .from(refs)
    .innerJoin(commits, and(eq(commits.repository, refs.repository), eq(commits.id, refs.commit)))
    .where(and(eq(refs.repository, repository), eq(refs.kind, 'branch'), eq(refs.name, branch)));
  return row?.commit;
}

/** The commit that a branch, a tag or an id names. Throws NOT_FOUND, and says so when there is no version at all. */
export async function resolveRevision(
  db: Queries,
  repository: RepositoryRow,
  revision: string,
): Promise<CommitRow> {
  const [named] = await db
    .select({ commit: refs.commit })
    .from(refs)
    .where(and(eq(refs.repository, repository.id), eq(refs.name, revision)));
  const [row] = await db
    .select()
    .from(commits)
    .where(and(eq(commits.repository, repository.id), eq(commits.id, named?.commit ?? revision)));
  if (row) return row;
  const path = `${repository.namespace}/${repository.name}`;
  if (revision === mainBranch)
    throw new HubError('NOT_FOUND', `The ${repository.kind} "${path}" has no files yet.`);
  throw new HubError('NOT_FOUND', `"${path}" has no version "${revision}".`, { field: 'revision' });
}

const { tree: _, ...withoutTree } = getTableColumns(commits);

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
    .select(withoutTree)
    .from(commits)
    .where(and(eq(commits.repository, repository), inArray(commits.id, [...order.keys()])));
  return rows.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

export interface NewCommit {
  branch: string;
  /** The head that was built on; undefined for the first commit of a branch without one. */
  parent: CommitRow | undefined;
  tree: Tree;
  message: string;
  /** Username. */
  author: string;
  run?: string | undefined;
}

/**
 * Writes a version and moves its branch. The caller holds the repository's row lock and knows that the blobs exist.
 * A tree that changes nothing makes no commit: the parent is the answer.
 */
export async function writeCommit(tx: Queries, repository: string, commit: NewCommit): Promise<CommitRow> {
  const { branch, parent, tree, message, author, run } = commit;
  if (parent && sameTree(parent.tree, tree)) return parent;
  const createdAt = new Date();
  const id = commitId({ parent: parent?.id, tree, message, author, createdAt });
  const [row] = await tx
    .insert(commits)
    .values({ repository, id, parent: parent?.id, message, author, run, tree, createdAt })
    .returning();
  if (!row) throw new Error('insert returned no row');
  const hashes = [...new Set(Object.values(tree).map((file) => file.sha256))];
  if (hashes.length > 0)
    await tx
      .insert(repositoryBlobs)
      .values(hashes.map((sha256) => ({ repository, sha256 })))
      .onConflictDoNothing();
  const [moved] = await tx
    .insert(refs)
    .values({ repository, kind: 'branch', name: branch, commit: id })
    .onConflictDoUpdate({
      target: [refs.repository, refs.name],
      set: { commit: id },
      setWhere: eq(refs.kind, 'branch'),
    })
    .returning();
  if (!moved)
    throw new HubError('BAD_INPUT', `"${branch}" is a tag, and tags do not move.`, { field: 'branch' });
  return row;
}

/** The database keeps an object's keys in an order of its own. */
const sameTree = (a: Tree, b: Tree): boolean => JSON.stringify(filesOf(a)) === JSON.stringify(filesOf(b));

export const presentCommit = (row: Omit<CommitRow, 'tree'>): Commit => ({
  id: row.id,
  ...given('parent', row.parent),
  message: row.message,
  author: row.author,
  ...given('run', row.run),
  createdAt: iso(row.createdAt),
});
