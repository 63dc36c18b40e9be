import { HubError } from '@banyan/contract';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { forgetConversions } from '../data/keep-conversion.ts';
import type { Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { authorizeRepository } from '../policy.ts';
import { describeVersion } from './card/describe.ts';
import { oldestFirst } from './oldest-first.ts';
import { profileHead } from './profiles.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { editTree } from './tree/edit.ts';
import type { Pages } from './tree/pages.ts';
import { openPages, writePages } from './tree/store.ts';
import { sweepPages } from './tree/sweep.ts';
import { type CommitRow, commitColumns, headOf, mainBranch, rewriteCommit } from './versions.ts';
import { commits } from './versions-table.ts';

/** A longer history is squashed first. */
const mostCommits = 20_000;

/**
 * Takes files, by their sha256, out of every version there is or was, for good: by maintainers. Versions that held one, and
 * those that come after, are written anew under new names; branches, tags and pull requests lead to those. The bytes go with the
 * next collection of garbage, unless another repository holds them. Throws NOT_FOUND when no version holds any, and CONFLICT
 * when a run, a race, a deployment or a derived dataset names a version that does: what they say must stay true.
 */
export async function purgeFiles(
  ctx: Context,
  at: At,
  { hashes }: { hashes: readonly string[] },
): Promise<{ rewritten: number }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'administer');
  const { id } = repository;
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, id);
    await forgetConversions(tx, id);
    const clean = await cleanTrees(tx, id, new Set(hashes));
    if (clean.size === 0)
      throw new HubError('NOT_FOUND', `No version of "${pathOf(repository)}" holds such a file.`, {
        field: 'path',
      });
    const history = await allVersions(tx, id);
    await requireUnnamed(tx, id, clean);
    const renamed = new Map<string, string>();
    for (const commit of history) {
      const root = clean.get(commit.root) ?? commit.root;
      const parent = (commit.parent !== null && renamed.get(commit.parent)) || commit.parent;
      if (root === commit.root && parent === commit.parent) continue;
      renamed.set(commit.id, await rewriteCommit(tx, commit, { root, parent }));
    }
    await rename(tx, id, renamed);
    await sweepPages(tx, id);
    // What lists show of a card must not go on to say what was taken away.
    const head = await headOf(tx, id, mainBranch);
    if (head) await describeVersion(ctx, tx, repository, head);
    await profileHead(ctx, tx, repository);
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.purge',
      namespace: repository.namespace,
      subject: pathOf(repository),
      details: { kind: repository.kind, files: hashes.slice(0, 1000), rewritten: renamed.size },
    });
    return { rewritten: renamed.size };
  });
}

/** The trees that hold one of these files, by their roots: the root of each without them. */
async function cleanTrees(
  tx: Queries,
  repository: string,
  hashes: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const dirty = await pagesWith(tx, repository, hashes);
  const roots = await tx
    .selectDistinct({ root: commits.root })
    .from(commits)
    .where(eq(commits.repository, repository));
  const clean = new Map<string, string>();
  for (const { root } of roots) {
    if (!dirty.has(root)) continue;
    const pages = openPages(tx, repository);
    const edits = new Map<string, undefined>();
    for (const path of await pathsIn(pages, root, { dirty, hashes })) edits.set(path, undefined);
    const edited = await editTree(pages, root, edits);
    await writePages(tx, repository, edited.made);
    clean.set(root, edited.root);
  }
  return clean;
}

/** The pages in which one of these files is, and all above them. */
async function pagesWith(tx: Queries, repository: string, hashes: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  let below = [...hashes];
  for (let level = 0; below.length > 0; level += 1) {
    const { rows } = await tx.execute<{ hash: string }>(sql`
      select hash from tree_pages where repository = ${repository} and level = ${level} and exists (
        select from json_array_elements(rest) line where line->>0 = any(${sql.param(below)}::text[]))`);
    below = rows.map(({ hash }) => hash);
    for (const hash of below) found.add(hash);
  }
  return found;
}

async function pathsIn(
  pages: Pages,
  root: string,
  { dirty, hashes }: { dirty: ReadonlySet<string>; hashes: ReadonlySet<string> },
): Promise<string[]> {
  const paths: string[] = [];
  for (let row = [root]; row.length > 0; ) {
    await pages.load(row);
    const below: string[] = [];
    for (const hash of row) {
      const { level, lines } = await pages.get(hash);
      for (const [path, one] of lines)
        if (level === 0 && hashes.has(one)) paths.push(path);
        else if (level > 0 && dirty.has(one)) below.push(one);
    }
    row = below;
  }
  return paths;
}

/** All versions, each after the one that it was built on. */
async function allVersions(tx: Queries, repository: string): Promise<CommitRow[]> {
  const rows = await tx
    .select(commitColumns)
    .from(commits)
    .where(eq(commits.repository, repository))
    .limit(mostCommits + 1);
  if (rows.length > mostCommits)
    throw new HubError('TOO_LARGE', `There are more than ${mostCommits} versions.`, {
      hint: 'Squash the history first.',
    });
  return oldestFirst(rows);
}

/** What says which version it was made from, or serves. */
const named = sql`
  select dataset_commit as id from runs union select model_commit from runs union select dataset_commit from races
  union select commit from deployments
  union select source->>'revision' from repositories, jsonb_array_elements(sources) source`;

async function requireUnnamed(
  tx: Queries,
  repository: string,
  clean: ReadonlyMap<string, string>,
): Promise<void> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    select id from commits where repository = ${repository}
      and root = any(${sql.param([...clean.keys()])}::text[]) and id in (${named}) limit 3`);
  if (rows.length === 0) return;
  const versions = rows.map(({ id }) => id.slice(0, 8)).join(', ');
  throw new HubError(
    'CONFLICT',
    `A run, a deployment or a derived dataset names a version that holds these files: ${versions}.`,
    {
      hint: 'Those say what they were made from, and it must stay true. Delete the repository to be rid of all.',
    },
  );
}

/** Leads all names to the versions that were written anew, and lets go of those before, but of those that something names. */
async function rename(tx: Queries, repository: string, renamed: ReadonlyMap<string, string>): Promise<void> {
  const pairs = sql`unnest(${sql.param([...renamed.keys()])}::text[], ${sql.param([...renamed.values()])}::text[])`;
  await tx.execute(sql`
    update refs set commit = n.after from ${pairs} as n (before, after)
      where repository = ${repository} and commit = n.before`);
  await tx.execute(sql`
    update discussions set merge_commit = n.after from ${pairs} as n (before, after)
      where repository = ${repository} and merge_commit = n.before`);
  await tx.execute(sql`
    update discussion_events set content = jsonb_set(content, '{commit}', to_jsonb(n.after))
      from ${pairs} as n (before, after) where repository = ${repository} and content->>'commit' = n.before`);
  await tx.execute(sql`
    delete from profiles where repository = ${repository} and commit = any(${sql.param([...renamed.keys()])}::text[])`);
  await tx.execute(sql`
    delete from commits where repository = ${repository} and id = any(${sql.param([...renamed.keys()])}::text[])
      and id not in (select id from (${named}) kept where id is not null)`);
}
