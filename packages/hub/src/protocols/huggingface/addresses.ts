import { HubError, type RepositoryKind } from '@banyan/contract';
import type { Config } from '../../config.ts';
import type { Context } from '../../context.ts';
import {
  type Authorized,
  authorizeRepository,
  type RepositoryAccess,
  type RepositoryNeed,
} from '../../policy.ts';
import type { At } from '../../repositories/repositories.ts';
import { pathOf } from '../../repositories/store.ts';

/** `type` is `models`, `datasets` or `spaces`; the rest (`*`) is a revision, a path, or both. */
export interface Address {
  type: string;
  namespace: string;
  name: string;
  '*'?: string;
}

/** Which repository an address means. There are no spaces here: each of them is NOT_FOUND. */
export function atOf({ type, namespace, name }: Address): At {
  const kind = kindOf(type);
  if (kind === undefined) throw new HubError('NOT_FOUND', `There are no ${type} on this hub.`);
  return { kind, namespace, name };
}

/** `model` and `models` alike: bodies use the one, addresses the other. */
export function kindOf(type: string): RepositoryKind | undefined {
  if (type === 'model' || type === 'models') return 'model';
  return type === 'dataset' || type === 'datasets' ? 'dataset' : undefined;
}

export const open = (
  ctx: Context,
  address: Address,
  need: RepositoryNeed,
): Promise<Authorized<RepositoryAccess>> => {
  const at = atOf(address);
  return authorizeRepository(ctx, at.kind, pathOf(at), need);
};

/** Where people and clients find a repository: absolute, since clients compare its origin with their endpoint. */
export const urlOf = (config: Config, at: At): string =>
  `${config.publicUrl}/${at.kind === 'dataset' ? 'datasets/' : ''}${pathOf(at)}`;

/** The address of this request with other query parameters, for a `Link` header: clients follow absolute ones alone. */
export function nextUrl(config: Config, requestUrl: string, changes: Record<string, string>): string {
  const url = new URL(requestUrl, config.publicUrl);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return `${config.publicUrl}${url.pathname}${url.search}`;
}

export const nextLink = (url: string): string => `<${url}>; rel="next"`;
