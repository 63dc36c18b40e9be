import type { RepositoryKind } from '@banyan/contract';

/** A discussion or pull request, as its routes take it. */
export interface AtDiscussion {
  kind: RepositoryKind;
  namespace: string;
  name: string;
  number: number;
}

/** `namespace/name` in its two parts, as routes take them. */
export function splitPath(path: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = path.split('/');
  return { namespace, name };
}
