import { and, eq, sql } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import type { Page } from './page.ts';
import { Pages } from './pages.ts';
import { treePages } from './table.ts';

/** The pages of a repository, read when they are needed. */
export function openPages(db: Queries, repository: string): Pages {
  return new Pages(async (hashes) => {
    const rows = await db
      .select()
      .from(treePages)
      .where(
        and(eq(treePages.repository, repository), sql`${treePages.hash} = any(${sql.param(hashes)}::text[])`),
      );
    return rows.map(({ hash, level, paths, rest }) => ({
      hash,
      level,
      lines: paths.map((path, index) => [path, ...(rest[index] ?? ['', 0])] as const),
    }));
  });
}

/** The same pages without what leaves say of files beyond their paths: a third of the bytes, to walk over folders with. */
export function openPaths(db: Queries, repository: string): Pages {
  const rest = sql<(typeof treePages.$inferSelect)['rest'] | null>`case when level > 0 then rest end`;
  return new Pages(async (hashes) => {
    const rows = await db
      .select({ hash: treePages.hash, level: treePages.level, paths: treePages.paths, rest })
      .from(treePages)
      .where(
        and(eq(treePages.repository, repository), sql`${treePages.hash} = any(${sql.param(hashes)}::text[])`),
      );
    return rows.map(({ hash, level, paths, rest: above }) => ({
      hash,
      level,
      lines: paths.map((path, index) => [path, ...(above?.[index] ?? ['', 0])] as const),
    }));
  });
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
