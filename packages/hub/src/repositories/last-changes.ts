import type { Queries } from '../db/connection.ts';
import { changesBetween } from './tree/changes.ts';
import type { Version } from './tree/listing.ts';
import { foldersOf } from './tree/paths.ts';
import { openPages } from './tree/store.ts';
import { ancestry, type CommitRow } from './versions.ts';

/** How far back one looks, and how many changed files one passes over: what changed last before that is not told. */
const mostCommits = 2000;
const mostChanges = 500_000;
/** Commits that are fetched at once. */
const window = 100;

/**
 * The versions in which files and folders of a version were changed last, by their paths; a folder changes with what is in
 * it. Goes back from version to version by the pages in which they differ, until each path has met its change.
 */
export async function lastChanges(
  db: Queries,
  version: Version & { id: string },
  paths: readonly string[],
): Promise<Map<string, CommitRow>> {
  const open = new Set(paths);
  const found = new Map<string, CommitRow>();
  const meet = (path: string, commit: CommitRow) => {
    if (open.delete(path)) found.set(path, commit);
  };
  let passed = 0;
  let next: string | null = version.id;
  for (let seen = 0; next !== null && open.size > 0 && seen < mostCommits; seen += window) {
    const line = await ancestry(db, version.repository, next, window + 1);
    // Pages are kept for one window: the whole way back would be too many.
    const pages = openPages(db, version.repository);
    await pages.load(line.map(({ root }) => root));
    for (const [index, commit] of line.slice(0, window).entries()) {
      const before = line[index + 1];
      if (!before) for (const path of open) meet(path, commit);
      if (open.size === 0) return found;
      const sides = { from: before?.root ?? commit.root, to: commit.root };
      for await (const { path } of changesBetween(pages, sides)) {
        for (const folder of foldersOf(path)) meet(folder, commit);
        meet(path, commit);
        passed += 1;
        if (open.size === 0 || passed > mostChanges) return found;
      }
    }
    next = line[window]?.id ?? null;
  }
  return found;
}
