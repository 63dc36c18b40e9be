import type { RepositoryKind } from '@banyan/contract';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { repositories } from './table.ts';

/** Which row of `repositories` a path names; case does not count in its name. */
export function isCalled(kind: RepositoryKind, path: string): SQL | undefined {
  const [namespace = '', name = ''] = path.split('/');
  return and(
    eq(repositories.kind, kind),
    eq(repositories.namespace, namespace),
    sql`lower(${repositories.name}) = ${name.toLowerCase()}`,
  );
}
