import type { Repository } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { record } from '../ledger/record.ts';
import { authorizeNamespace, authorizeRepository } from '../policy.ts';
import { type At, readRepository } from './repositories.ts';
import { lockRepository, pathOf, requireFree } from './store.ts';
import { repositories, repositoryNames } from './table.ts';

/**
 * Gives a repository another name, or moves it to another namespace: by maintainers of both. Versions, grants and terms go
 * with it, the old name goes on to lead to it. Throws ALREADY_EXISTS.
 */
export async function moveRepository(
  ctx: Context,
  at: At,
  to: { namespace: string; name: string },
): Promise<Repository> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'administer');
  if (to.namespace !== repository.namespace) await authorizeNamespace(ctx, to.namespace, 'maintainer');
  const { id, kind } = repository;
  await ctx.db.transaction(async (tx) => {
    const { namespace, name } = await lockRepository(tx, id);
    await requireFree(tx, { kind, ...to }, id);
    await tx.delete(repositoryNames).where(isName({ kind, ...to }));
    await tx
      .update(repositories)
      .set({ ...to, updatedAt: new Date() })
      .where(eq(repositories.id, id));
    if (namespace !== to.namespace || name.toLowerCase() !== to.name.toLowerCase())
      await tx.insert(repositoryNames).values({ kind, namespace, name: name.toLowerCase(), repository: id });
    for (const one of new Set([namespace, to.namespace]))
      await record(tx, {
        actor: ctx.actor,
        action: 'repository.move',
        namespace: one,
        subject: pathOf(to),
        details: { kind, from: pathOf({ namespace, name }) },
      });
  });
  return readRepository(ctx, { kind, ...to });
}

const isName = ({ kind, namespace, name }: At) =>
  and(
    eq(repositoryNames.kind, kind),
    eq(repositoryNames.namespace, namespace),
    eq(repositoryNames.name, name.toLowerCase()),
  );
