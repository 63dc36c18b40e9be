import { HubError, type Repository, type RepositoryKind } from '@banyan/contract';
import { and, eq, ne } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { given, iso } from '../db/present.ts';
import type { RepositoryAccess, RepositoryRow } from '../policy.ts';
import { isCalled } from './called.ts';
import { rightsOf } from './card/rights.ts';
import { repositories } from './table.ts';
import { mainBranch } from './versions.ts';
import { refs } from './versions-table.ts';

export const pathOf = ({ namespace, name }: { namespace: string; name: string }): string =>
  `${namespace}/${name}`;

/** `namespace/name` in its two parts. */
export function splitPath(path: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = path.split('/');
  return { namespace, name };
}

/** The row, whoever asks: for rules that have their own reason to look. */
export async function findRepository(
  db: Queries,
  kind: RepositoryKind,
  path: string,
): Promise<RepositoryRow | undefined> {
  const [row] = await db.select().from(repositories).where(isCalled(kind, path));
  return row;
}

/** Throws ALREADY_EXISTS for a name that another repository has, or had: what was made from that one names it so. */
export async function requireFree(
  tx: Queries,
  at: { kind: RepositoryKind; namespace: string; name: string },
  except?: string,
): Promise<void> {
  const [other] = await tx
    .select()
    .from(repositories)
    .where(
      and(isCalled(at.kind, pathOf(at)), except === undefined ? undefined : ne(repositories.id, except)),
    );
  if (!other) return;
  const same = pathOf(other).toLowerCase() === pathOf(at).toLowerCase();
  throw new HubError(
    'ALREADY_EXISTS',
    same
      ? `There is a ${at.kind} "${pathOf(other)}" already.`
      : `"${pathOf(at)}" is an old name of another ${at.kind}, and goes on to lead there.`,
    { field: 'name' },
  );
}

/** Locks a repository until the transaction ends: its commits are made one after the other. Throws NOT_FOUND. */
export async function lockRepository(tx: Queries, id: string): Promise<RepositoryRow> {
  const [row] = await tx.select().from(repositories).where(eq(repositories.id, id)).for('update');
  if (!row) throw new HubError('NOT_FOUND', 'This repository was deleted meanwhile.');
  return row;
}

export async function presentRepository(db: Queries, access: RepositoryAccess): Promise<Repository> {
  const { repository, read, write, administer, reason } = access;
  const [head] = await db
    .select({ commit: refs.commit })
    .from(refs)
    .where(and(eq(refs.repository, repository.id), eq(refs.name, mainBranch)));
  return {
    id: repository.id,
    kind: repository.kind,
    path: pathOf(repository),
    title: repository.title,
    visibility: repository.visibility,
    ...given('licence', repository.licence),
    ...given('rights', rightsOf(repository)),
    summary: repository.summary,
    tags: repository.tags,
    terms: repository.terms,
    sources: repository.sources,
    ...given('head', head?.commit),
    access: { read, write, administer, ...given('reason', reason) },
    createdAt: iso(repository.createdAt),
    updatedAt: iso(repository.updatedAt),
  };
}
