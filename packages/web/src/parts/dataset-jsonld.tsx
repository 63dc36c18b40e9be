import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';

/** The dataset's Croissant document in the page itself, where indexers and reference managers look for it. */
export function DatasetJsonLd({ path }: { path: string }) {
  const { data } = useQuery(
    api.metadata.croissant.queryOptions({
      input: { kind: 'dataset', ...splitPath(path) },
      staleTime: 60_000,
    }),
  );
  const croissant = data?.croissant;
  useEffect(() => {
    if (croissant === undefined) return undefined;
    const element = document.createElement('script');
    element.type = 'application/ld+json';
    element.textContent = JSON.stringify(croissant);
    document.head.append(element);
    return () => element.remove();
  }, [croissant]);
  return null;
}
