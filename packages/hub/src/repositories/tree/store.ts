import { and, eq, sql } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import type { Line, Page } from './page.ts';
import { Pages } from './pages.ts';
import { treePages } from './table.ts';

/**
 * The pages of a repository, read when they are needed. While `skims` says so, without what leaves say of files beyond their
 * paths: a third of the bytes, to walk over folders with. Such a line has the hash `''`.
 */
export function openPages(db: Queries, repository: string, skims = () => false): Pages {
  return new Pages(async (hashes) => {
    const { hash, level, paths, rest } = treePages;
    const above = sql<Rest[] | null>`case when level > 0 then rest end`;
    const rows = await db
      .select({ hash, level, paths, rest: skims() ? above : rest })
      .from(treePages)
      .where(and(eq(treePages.repository, repository), sql`${hash} = any(${sql.param(hashes)}::text[])`));
    return rows.map((row) => ({
      hash: row.hash,
      level: row.level,
      lines: row.paths.map((path, index) => lineAt(path, row.rest?.[index])),
    }));
  });
}

type Rest = (typeof treePages.$inferSelect)['rest'][number];

/** Without spreading: a listing makes a hundred thousand of these. */
function lineAt(path: string, rest: Rest | undefined): Line {
  if (rest === undefined) return [path, '', 0];
  const [hash, sizeBytes, more] = rest;
  return more === undefined ? [path, hash, sizeBytes] : [path, hash, sizeBytes, more];
}

const rowsAtOnce = 100;

export async function writePages(tx: Queries, repository: string, pages: readonly Page[]): Promise<void> {
  for (let start = 0; start < pages.length; start += rowsAtOnce)
    await tx
      .insert(treePages)
      .values(
        pages.slice(start, start + rowsAtOnce).map(({ hash, level, lines }) => ({
          repository,
          hash,
          level,
          paths: lines.map(([path]) => path),
          rest: lines.map(([, ...rest]) => rest),
        })),
      )
      .onConflictDoNothing();
}
