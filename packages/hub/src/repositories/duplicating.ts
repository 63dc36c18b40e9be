import { HubError, type Repository } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { authorizeNamespace, authorizeRepository } from '../policy.ts';
import { profileHead } from './profiles.ts';
import { personalDataToOpen } from './quality.ts';
import { type At, readRepository } from './repositories.ts';
import { lockRepository, pathOf, requireFree } from './store.ts';
import { repositories } from './table.ts';
import { sweepPages } from './tree/sweep.ts';

/**
 * Makes a repository with the branches, tags and history of another; no byte is copied. Contributors of the namespace it
 * goes to may, of what is public; of all else its maintainers alone, since a copy is no longer behind its gate. Terms,
 * licence and what it was made from go with it, and so does the consent of those. Throws ALREADY_EXISTS.
 */
export async function duplicateRepository(
  ctx: Context,
  at: At,
  to: { namespace: string; name: string; visibility: Repository['visibility'] },
): Promise<Repository> {
  const { repository: source, administer } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  await authorizeNamespace(ctx, to.namespace, 'contributor');
  if (source.visibility !== 'public' && !administer)
    throw new HubError(
      'NOT_ALLOWED',
      `"${pathOf(source)}" is ${source.visibility}: only its maintainers may duplicate it.`,
      { hint: 'Read it where it is.' },
    );
  const { kind } = source;
  await ctx.db.transaction(async (tx) => {
    // Its versions must not be swept away meanwhile.
    const { title, licence, terms, sources, card, tags, summary } = await lockRepository(tx, source.id);
    await requireFree(tx, { kind, ...to });
    await personalDataToOpen(tx, source, to.visibility, false);
    const [made] = await tx
      .insert(repositories)
      .values({ kind, ...to, title, licence, terms, sources, card, tags, summary })
      .onConflictDoNothing()
      .returning();
    if (!made)
      throw new HubError('ALREADY_EXISTS', `There is a ${kind} "${pathOf(to)}" already.`, { field: 'name' });
    await copyVersions(tx, source.id, made.id);
    await profileHead(ctx, tx, made);
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.create',
      namespace: to.namespace,
      subject: pathOf(to),
      details: { kind, visibility: to.visibility, from: pathOf(source) },
    });
  });
  return readRepository(ctx, { kind, ...to });
}

/** What branches and tags lead to, with the pages and blobs of those versions and no others. */
async function copyVersions(tx: Queries, from: string, to: string): Promise<void> {
  await tx.execute(sql`
    insert into refs (repository, kind, name, commit)
      select ${to}, kind, name, commit from refs where repository = ${from} and kind in ('branch', 'tag')`);
  await tx.execute(sql`
    with recursive reached as (
      select c.id, c.parent from commits c
        join refs r on r.repository = ${to} and r.commit = c.id where c.repository = ${from}
      union
      select c.id, c.parent from commits c join reached on c.repository = ${from} and c.id = reached.parent
    )
    insert into commits (repository, id, parent, message, description, author, run, root, created_at)
      select ${to}, c.id, c.parent, message, description, author, run, root, created_at
        from commits c join reached using (id) where c.repository = ${from}`);
  await tx.execute(sql`
    insert into tree_pages (repository, hash, level, paths, rest)
      select ${to}, hash, level, paths, rest from tree_pages where repository = ${from}`);
  await tx.execute(sql`
    insert into repository_blobs (repository, sha256)
      select ${to}, sha256 from repository_blobs where repository = ${from}`);
  await sweepPages(tx, to);
}
