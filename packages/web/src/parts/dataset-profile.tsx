import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { plural } from '../lib/format.ts';
import { readProfile } from '../lib/profile.ts';
import { splitPath } from '../lib/repository.ts';
import { ColumnCard } from './column-card.tsx';
import { Empty } from './layout.tsx';
import { Loaded, Loading } from './loaded.tsx';

/** The profile of the newest version; asked again while a worker still makes it. */
export function useProfile(path: string) {
  return useQuery(
    api.repositories.profile.queryOptions({
      input: { kind: 'dataset', ...splitPath(path) },
      refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 1500 : false),
    }),
  );
}

export function DatasetColumns({ path }: { path: string }) {
  const query = useProfile(path);
  return (
    <Loaded query={query}>
      {(data) => {
        if (data.state !== 'ready') return <ProfileNotReady state={data.state} message={data.message} />;
        const profile = readProfile(data.profile);
        if (profile === undefined) return <Empty title="This profile cannot be shown" />;
        return (
          <div className="space-y-5">
            <p className="text-sm text-muted">
              {plural(profile.rows, 'row')}, {plural(profile.columns.length, 'column')}
            </p>
            <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
              {profile.columns.map((column) => (
                <li key={column.name}>
                  <ColumnCard column={column} rows={profile.rows} />
                </li>
              ))}
            </ul>
          </div>
        );
      }}
    </Loaded>
  );
}

export function ProfileNotReady({
  state,
  message,
}: {
  state: 'pending' | 'failed' | 'none';
  message: string | undefined;
}) {
  if (state === 'pending')
    return (
      <div role="status">
        <p className="text-sm text-muted">{message ?? 'A worker is reading the files.'}</p>
        <Loading lines={5} />
      </div>
    );
  if (state === 'failed') return <Empty title="The files could not be read as a table">{message}</Empty>;
  return (
    <Empty title="There is no table in this version">
      {message ?? 'Add a CSV, JSON, JSON lines, Parquet, text or IDX file.'}
    </Empty>
  );
}
