import { HubError } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import type { Step } from './changing.ts';
import { changesBetween, type FileChange } from './tree/changes.ts';
import { emptyRoot } from './tree/page.ts';
import type { Pages } from './tree/pages.ts';

/** The newest version that two versions both come from; undefined when they share none. */
export async function commonAncestor(
  db: Queries,
  repository: string,
  [one, other]: [string, string],
): Promise<{ id: string; root: string } | undefined> {
  const { rows } = await db.execute<{ id: string; root: string }>(sql`
    with recursive ours as (
      select id, parent, root, 1 as depth from commits where repository = ${repository} and id = ${one}
      union all
      select c.id, c.parent, c.root, ours.depth + 1 from commits c
        join ours on c.repository = ${repository} and c.id = ours.parent
    ), theirs as (
      select id, parent from commits where repository = ${repository} and id = ${other}
      union all
      select c.id, c.parent from commits c join theirs on c.repository = ${repository} and c.id = theirs.parent
    )
    select ours.id, ours.root from ours join theirs using (id) order by ours.depth limit 1`);
  return rows[0];
}

export type Side = 'ours' | 'theirs';

/** More changes than these are not merged or undone at once. */
const mostChanges = 200_000;
const tooMany = () => new HubError('TOO_LARGE', `More than ${mostChanges} files differ.`);

/**
 * What takes `theirs` from `base`, as steps on `ours`: those that `ours` has already are left out. `conflicts`: files that
 * both changed, to different ends, and of which `sideOf` does not say whose version to take. By pages, so the work is that
 * of the differences.
 */
export async function mergeSteps(
  pages: Pages,
  { base = emptyRoot, ours, theirs }: { base?: string | undefined; ours: string; theirs: string },
  sideOf: (path: string) => Side | undefined = () => undefined,
): Promise<{ steps: Step[]; conflicts: string[] }> {
  const mine = new Map<string, FileChange>();
  for await (const change of changesBetween(pages, { from: base, to: ours })) {
    mine.set(change.path, change);
    if (mine.size > mostChanges) throw tooMany();
  }
  const steps: Step[] = [];
  const conflicts: string[] = [];
  for await (const { path, after } of changesBetween(pages, { from: base, to: theirs })) {
    const other = mine.get(path);
    if (other && other.after?.sha256 === after?.sha256) continue;
    const side = other ? sideOf(path) : 'theirs';
    if (side === undefined) conflicts.push(path);
    else if (side === 'theirs') steps.push(after ? { op: 'put', path, file: after } : { op: 'delete', path });
    if (steps.length > mostChanges) throw tooMany();
  }
  return { steps, conflicts };
}
