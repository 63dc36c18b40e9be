import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import type { Manifest } from './manifest.ts';
import { type ColumnProfile, readProfile } from './profile.ts';
import { splitPath } from './repository.ts';

export interface Examples {
  rows: readonly Record<string, unknown>[];
  columns: readonly ColumnProfile[];
}

/**
 * Real rows of the data a model learned from, to try it with; empty when this person may not see them. The prepared
 * dataset holds columns as the model takes them or, when it was made from another one, that one does.
 */
export function useExampleRows(manifest: Manifest): Examples {
  const dataset = manifest.sources[0]?.dataset;
  const prepared = useQuery(
    api.repositories.get.queryOptions({
      input: { kind: 'dataset', ...splitPath(dataset ?? '') },
      enabled: dataset !== undefined,
      retry: false,
    }),
  );
  const raw = prepared.data?.sources[0]?.dataset;
  const first = useRows(dataset);
  const second = useRows(raw);
  return [second, first].find((one) => fits(one, manifest)) ?? { rows: [], columns: [] };
}

function useRows(dataset: string | undefined): Examples {
  const profile = useQuery(
    api.repositories.profile.queryOptions({
      input: { kind: 'dataset', ...splitPath(dataset ?? '') },
      enabled: dataset !== undefined,
      retry: false,
    }),
  );
  return {
    rows: profile.data?.rows ?? [],
    columns: readProfile(profile.data?.profile)?.columns ?? [],
  };
}

const fits = ({ rows }: Examples, { inputs }: Manifest) =>
  rows[0] !== undefined && inputs.every(({ name }) => rows[0] !== undefined && name in rows[0]);
