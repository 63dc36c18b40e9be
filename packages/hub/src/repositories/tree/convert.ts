import { and, asc, eq } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import { commits } from '../versions-table.ts';
import { editTree } from './edit.ts';
import { emptyRoot, fileLine } from './page.ts';
import { openPages, writePages } from './store.ts';

/**
 * Commits of before trees had pages hold theirs as one JSON value: each gets its pages, and lets go of the value. Run
 * after the migrations, one commit a transaction, so that a start that is interrupted goes on where it was. Answers how
 * many there were.
 */
export async function convertTrees(db: Queries): Promise<number> {
  for (let converted = 0; ; converted += 1) {
    const [commit] = await db
      .select()
      .from(commits)
      .where(eq(commits.root, ''))
      .orderBy(asc(commits.createdAt))
      .limit(1);
    if (!commit) return converted;
    const { repository, id, tree } = commit;
    await db.transaction(async (tx) => {
      const edits = new Map(Object.entries(tree ?? {}).map(([path, file]) => [path, fileLine(path, file)]));
      const { root, made } = await editTree(openPages(tx, repository), emptyRoot, edits);
      await writePages(tx, repository, made);
      await tx
        .update(commits)
        .set({ root, tree: null })
        .where(and(eq(commits.repository, repository), eq(commits.id, id)));
    });
  }
}
