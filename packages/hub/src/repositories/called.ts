import type { RepositoryKind } from '@banyan/contract';
import { and, eq, or, type SQL, sql } from 'drizzle-orm';
import { repositories } from './table.ts';

/** Which row of `repositories` a path names, by the name it has or had; case does not count. */
export function isCalled(kind: RepositoryKind, path: string): SQL | undefined {
  const [namespace = '', name = ''] = path.split('/');
  const lower = name.toLowerCase();
  return or(
    and(
      eq(repositories.kind, kind),
      eq(repositories.namespace, namespace),
      sql`lower(${repositories.name}) = ${lower}`,
    ),
    sql`${repositories.id} in (select repository from repository_names
      where kind = ${kind} and namespace = ${namespace} and name = ${lower})`,
  );
}
