import { HubError } from '@banyan/contract';
import { eq, sql } from 'drizzle-orm';
import type { Services } from '../../context.ts';
import { oldestFirst } from '../../repositories/oldest-first.ts';
import { type CommitRow, commitColumns } from '../../repositories/versions.ts';
import { commits } from '../../repositories/versions-table.ts';
import { encodeCommit, nameObject } from './objects.ts';
import { gitCommits } from './table.ts';
import { WorkingTree } from './working-tree.ts';

type Stores = Pick<Services, 'db' | 'blobs'>;

/** A longer history is not walked for one request. */
const mostCommits = 50_000;
const rowsAtOnce = 500;

/** Versions with what Git calls them. */
export interface History {
  /** By our ids, each after the one that it was built on. */
  versions: ReadonlyMap<string, CommitRow>;
  /** Ours -> Git's. */
  oids: ReadonlyMap<string, string>;
  /** Git's -> ours. */
  ids: ReadonlyMap<string, string>;
}

/** All versions that lead to some. Git's names of those that nobody asked for yet are found out now, and kept. */
export async function readGitHistory(
  services: Stores,
  repository: string,
  tips: readonly string[],
): Promise<History> {
  const { rows } = await services.db.execute<{ id: string }>(sql`
    with recursive line as (
      select id, parent from commits where repository = ${repository} and id = any(${sql.param([...tips])}::text[])
      union
      select c.id, c.parent from commits c join line on c.repository = ${repository} and c.id = line.parent
    ) select id from line limit ${mostCommits + 1}`);
  if (rows.length > mostCommits)
    throw new HubError('TOO_LARGE', `Git is given no more than ${mostCommits} versions.`, {
      hint: 'Use: hf download, or banyan pull.',
    });
  const reached = new Set(rows.map(({ id }) => id));
  const all = await services.db.select(commitColumns).from(commits).where(eq(commits.repository, repository));
  const ordered = oldestFirst(all.filter(({ id }) => reached.has(id)));
  const versions = new Map(ordered.map((row) => [row.id, row]));
  const known = await services.db.select().from(gitCommits).where(eq(gitCommits.repository, repository));
  const oids = new Map(known.map(({ commit, oid }) => [commit, oid]));
  await findOut(services, repository, { versions, oids });
  const ids = new Map(ordered.map(({ id }) => [oids.get(id) ?? '', id]));
  return { versions, oids, ids };
}

async function findOut(
  { db, blobs }: Stores,
  repository: string,
  { versions, oids }: { versions: ReadonlyMap<string, CommitRow>; oids: Map<string, string> },
): Promise<void> {
  const tree = new WorkingTree({ db, blobs }, repository);
  const made: (typeof gitCommits.$inferInsert)[] = [];
  for (const version of versions.values()) {
    if (oids.has(version.id)) continue;
    await tree.moveTo(version.root);
    for (const _ of tree.newObjects());
    const oid = nameObject('commit', encodeCommit(version, namesOf(version, tree.oid, oids)));
    oids.set(version.id, oid);
    made.push({ repository, commit: version.id, oid });
  }
  for (let start = 0; start < made.length; start += rowsAtOnce)
    await db
      .insert(gitCommits)
      .values(made.slice(start, start + rowsAtOnce))
      .onConflictDoNothing();
}

/** What a version's object names. A history that was squashed begins where it was cut. */
export const namesOf = (
  { parent }: CommitRow,
  tree: string,
  oids: ReadonlyMap<string, string>,
): { tree: string; parent: string | undefined } => ({
  tree,
  parent: parent === null ? undefined : oids.get(parent),
});
