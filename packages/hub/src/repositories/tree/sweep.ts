import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import { commits } from '../versions-table.ts';
import { treePages } from './table.ts';

const atOnce = 200;

/**
 * Deletes the pages of a repository that no commit leads to any more, and what `repository_blobs` says of blobs that are
 * in none of its trees now. The caller holds the repository's row lock.
 */
export async function sweepPages(tx: Queries, repository: string): Promise<void> {
  const roots = await tx
    .selectDistinct({ root: commits.root })
    .from(commits)
    .where(eq(commits.repository, repository));
  const reached = new Set(roots.map(({ root }) => root));
  await tx.execute(sql`create temporary table reached_blobs (sha256 text) on commit drop`);
  for (let row = [...reached]; row.length > 0; ) row = await visit(tx, repository, { row, reached });
  await tx.execute(sql`
    delete from tree_pages where repository = ${repository}
      and not (hash = any(${sql.param([...reached])}::text[]))`);
  await tx.execute(sql`
    delete from repository_blobs b where repository = ${repository}
      and not exists (select from reached_blobs r where r.sha256 = b.sha256)`);
  await tx.execute(sql`drop table reached_blobs`);
}

/** Notes the blobs of the leaves among some pages; gives the pages below the others that were not reached before. */
async function visit(
  tx: Queries,
  repository: string,
  { row, reached }: { row: string[]; reached: Set<string> },
): Promise<string[]> {
  const below: string[] = [];
  for (let start = 0; start < row.length; start += atOnce) {
    const hashes = row.slice(start, start + atOnce);
    const isHere = and(eq(treePages.repository, repository), inArray(treePages.hash, hashes));
    await tx.execute(sql`
      insert into reached_blobs select distinct line->>0 from ${treePages}, json_array_elements(${treePages.rest}) line
        where ${isHere} and level = 0`);
    const above = await tx
      .select({ rest: treePages.rest })
      .from(treePages)
      .where(and(isHere, sql`level > 0`));
    for (const [hash] of above.flatMap(({ rest }) => rest)) {
      if (reached.has(hash)) continue;
      reached.add(hash);
      below.push(hash);
    }
  }
  return below;
}
