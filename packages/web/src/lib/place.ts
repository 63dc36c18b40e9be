import { useSearch } from '@tanstack/react-router';

/** Where one is in a repository's page, from its address. */
export interface Place {
  tab?: string | undefined;
  revision?: string | undefined;
  folder?: string | undefined;
  file?: string | undefined;
  commit?: string | undefined;
  number?: number | undefined;
}

export const usePlace = (): Place => useSearch({ strict: false });
