import type { Role } from '@banyan/contract';
import { roles } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';

/** Who is signed in and where they belong; the error NOT_SIGNED_IN says that nobody is. */
export function useMe() {
  return useQuery(api.people.me.queryOptions({ staleTime: 60_000 }));
}

/** Whether a role in a namespace allows what needs at least `least`. */
export function atLeast(mine: Role | undefined, least: Role): boolean {
  return mine !== undefined && roles.indexOf(mine) >= roles.indexOf(least);
}
