import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { toPage } from '../db/page.ts';
import { authorizeRepository } from '../policy.ts';
import type { At } from './repositories.ts';
import { pathOf } from './store.ts';

export interface LargeFile {
  sha256: string;
  sizeBytes: number;
  /** One of the paths that it has or had. */
  path: string;
  storedAt: Date;
}

/** The LFS files of all versions, each once, in the order of their sha256: what fills the disk. */
export async function listLargeFiles(
  ctx: Context,
  at: At,
  { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
) {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  // A line of a leaf without a third part has no `gitOid`: it is an LFS file's (tree/page.ts).
  const { rows } = await ctx.db.execute<{ sha256: string; path: string; size: string; stored: string }>(sql`
    select f.*, b.created_at::text as stored from (
      select distinct on (sha256) line->>0 as sha256, path, line->>1 as size
        from tree_pages p,
          lateral rows from (json_array_elements(p.rest), json_array_elements_text(p.paths)) as files (line, path)
        where p.repository = ${repository.id} and p.level = 0 and json_array_length(line) = 2
          and line->>0 > ${cursor}
        order by sha256, path limit ${limit + 1}
    ) f join blobs b using (sha256) order by sha256`);
  return toPage(
    rows,
    limit,
    (row) => row.sha256,
    ({ sha256, path, size, stored }): LargeFile => ({
      sha256,
      path,
      sizeBytes: Number(size),
      storedAt: new Date(stored),
    }),
  );
}
