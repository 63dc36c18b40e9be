import { HubError, type Repository, type RepositoryKind, type Terms } from '@banyan/contract';
import { and, arrayContains, desc, eq, ilike, lt, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { idCursor, toPage } from '../db/page.ts';
import { record } from '../ledger/record.ts';
import {
  authorizeNamespace,
  authorizeRepository,
  reader,
  repositoryAccess,
  visibleRepositories,
} from '../policy.ts';
import { personalDataToOpen } from './quality.ts';
import { pathOf, presentRepository, requireFree } from './store.ts';
import { repositories } from './table.ts';

export interface At {
  kind: RepositoryKind;
  namespace: string;
  name: string;
}

/** Makes an empty repository, in a namespace of which I am a contributor at least. */
export async function createRepository(
  ctx: Context,
  input: At & {
    title: string;
    visibility: Repository['visibility'];
    licence?: string | undefined;
    terms: Terms;
  },
): Promise<Repository> {
  await authorizeNamespace(ctx, input.namespace, 'contributor');
  await ctx.db.transaction(async (tx) => {
    await requireFree(tx, input);
    const [row] = await tx.insert(repositories).values(input).onConflictDoNothing().returning();
    if (!row)
      throw new HubError('ALREADY_EXISTS', `There is a ${input.kind} "${pathOf(input)}" already.`, {
        field: 'name',
      });
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.create',
      namespace: input.namespace,
      subject: pathOf(input),
      details: { kind: input.kind, visibility: input.visibility },
    });
  });
  return readRepository(ctx, input);
}

export async function readRepository(ctx: Context, at: At): Promise<Repository> {
  return presentRepository(ctx.db, await authorizeRepository(ctx, at.kind, pathOf(at), 'see'));
}

export interface RepositoryQuery {
  limit: number;
  cursor?: string | undefined;
  kind?: RepositoryKind | undefined;
  namespace?: string | undefined;
  project?: string | undefined;
  search?: string | undefined;
  tags?: string[] | undefined;
}

/** Repositories I can see, newest first. */
export async function listRepositories(ctx: Context, query: RepositoryQuery) {
  const me = reader(ctx);
  const { limit, kind, namespace, project, search, tags = [] } = query;
  if (project !== undefined) await authorizeNamespace(ctx, project, 'see');
  const cursor = idCursor(query.cursor);
  const like = `%${search?.replace(/[\\%_]/g, '\\$&') ?? ''}%`;
  const rows = await ctx.db
    .select()
    .from(repositories)
    .where(
      and(
        visibleRepositories(me),
        kind && eq(repositories.kind, kind),
        namespace === undefined ? undefined : eq(repositories.namespace, namespace),
        project === undefined
          ? undefined
          : or(
              eq(repositories.namespace, project),
              sql`${repositories.id} in (select repository from grants where subject = ${project}
                and state = 'granted' and (until is null or until > now()))`,
            ),
        search === undefined
          ? undefined
          : or(
              ilike(repositories.title, like),
              ilike(repositories.summary, like),
              sql`${repositories.namespace} || '/' || ${repositories.name} ilike ${like}`,
            ),
        tags.length === 0 ? undefined : arrayContains(repositories.tags, tags),
        cursor === undefined ? undefined : lt(repositories.id, cursor),
      ),
    )
    .orderBy(desc(repositories.id))
    .limit(limit + 1);
  const { items, ...page } = toPage(
    rows,
    limit,
    (row) => row.id,
    (row) => row,
  );
  const present = async (row: (typeof items)[number]) =>
    presentRepository(ctx.db, await repositoryAccess(ctx.db, me, row));
  return { ...page, items: await Promise.all(items.map(present)) };
}

/** Title, visibility, licence and terms: by maintainers of its namespace. */
export async function updateRepository(
  ctx: Context,
  at: At,
  changes: {
    title?: string | undefined;
    visibility?: Repository['visibility'] | undefined;
    licence?: string | undefined;
    terms?: Terms | undefined;
    acknowledgePersonalData?: boolean | undefined;
  },
): Promise<Repository> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'administer');
  const { acknowledgePersonalData = false, ...changed } = changes;
  await ctx.db.transaction(async (tx) => {
    const personal = await personalDataToOpen(tx, repository, changes.visibility, acknowledgePersonalData);
    await tx
      .update(repositories)
      .set({ ...changed, updatedAt: new Date() })
      .where(eq(repositories.id, repository.id));
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.update',
      namespace: repository.namespace,
      subject: pathOf(repository),
      details: JSON.parse(
        JSON.stringify({
          kind: at.kind,
          ...changed,
          ...(personal.length > 0 ? { acknowledgedPersonalData: personal } : {}),
        }),
      ),
    });
  });
  return readRepository(ctx, at);
}

/** Deletes a repository with all its versions: by maintainers of its namespace. What was made from it stays. */
export async function removeRepository(ctx: Context, at: At): Promise<void> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'administer');
  await ctx.db.transaction(async (tx) => {
    await tx.delete(repositories).where(eq(repositories.id, repository.id));
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.delete',
      namespace: repository.namespace,
      subject: pathOf(repository),
      details: { kind: at.kind },
    });
  });
}
