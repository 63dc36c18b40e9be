import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import {
  addCondition,
  type Condition,
  type DataSearch,
  exampleCondition,
  nextSort,
  pageRows,
  readSort,
} from '../lib/data-view.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { Button, Spinner } from './button.tsx';
import { DataFilters } from './data-filters.tsx';
import { NotConverted, useSplits } from './data-splits.tsx';
import { DataTable } from './data-table.tsx';
import { FailureNote } from './failure-note.tsx';
import { Empty } from './layout.tsx';
import { Loaded, Loading } from './loaded.tsx';

/** The rows of a dataset: split, page, search, filter and order, all kept in the address. */
export function DataViewer({ path }: { path: string }) {
  const splits = useSplits(path);
  return (
    <Loaded query={splits} lines={8}>
      {(data) => (data.state === 'ready' ? <Viewer path={path} {...data} /> : <NotConverted {...data} />)}
    </Loaded>
  );
}

type Splits = NonNullable<ReturnType<typeof useSplits>['data']>;

function Viewer({ path, splits, problems }: { path: string } & Splits) {
  const search = useSearch({ from: '/datasets/$namespace/$name' });
  const navigate = useNavigate();
  const current = splits.find(({ config, split }) => `${config}/${split}` === search.split) ?? splits[0];
  const show = (change: Partial<DataSearch>) =>
    void navigate({
      to: '.',
      search: (before: DataSearch) => ({ ...before, offset: undefined, ...change }),
      resetScroll: false,
    });
  if (current === undefined) return <Empty title="There is no table in this version" />;
  const { config, split } = current;
  const key = `${config}/${split}`;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <label className="flex items-center gap-2 text-sm">
          <span className="text-muted">Split</span>
          <select
            className="box min-h-9! w-auto! py-1! text-sm"
            value={key}
            onChange={(event) =>
              show({ split: event.target.value, where: undefined, sort: undefined, q: undefined })
            }
          >
            {splits.map((one) => (
              <option key={`${one.config}/${one.split}`} value={`${one.config}/${one.split}`}>
                {new Set(splits.map((other) => other.config)).size > 1
                  ? `${one.config} / ${one.split}`
                  : one.split}
              </option>
            ))}
          </select>
        </label>
        <p className="text-sm text-muted">
          {plural(current.rows, 'row')}, {plural(Object.keys(current.features).length, 'column')},{' '}
          {formatBytes(current.sizeBytes)} of Parquet
        </p>
      </div>
      <DataFilters
        key={`${key} ${search.q ?? ''} ${search.where ?? ''}`}
        example={exampleCondition(current.features)}
        {...{ search, show }}
      />
      <Rows key={key} path={path} config={config} split={split} search={search} show={show} />
      {problems.length > 0 && (
        <details className="text-sm">
          <summary className="text-warning">
            {plural(problems.length, 'file')} {problems.length === 1 ? 'is' : 'are'} not in these tables
          </summary>
          <ul className="mt-2 space-y-1 text-muted">
            {problems.map(({ path: file, message }) => (
              <li key={`${file} ${message}`} className="break-words">
                <code>{file}</code>: {message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Rows({
  path,
  config,
  split,
  search,
  show,
}: {
  path: string;
  config: string;
  split: string;
  search: DataSearch;
  show: (change: Partial<DataSearch>) => void;
}) {
  const { offset = 0, q, where, sort } = search;
  const order = readSort(sort);
  const at = { ...splitPath(path), config, split };
  const rows = useQuery({
    ...api.data.rows.queryOptions({
      input: {
        ...at,
        offset,
        length: pageRows,
        ...(q === undefined ? {} : { search: q }),
        ...(where === undefined ? {} : { where }),
        ...(order === undefined ? {} : { orderBy: [order] }),
      },
      staleTime: 300_000,
      refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 1000 : false),
    }),
    placeholderData: keepPreviousData,
  });
  const statistics = useQuery(
    api.data.statistics.queryOptions({
      input: at,
      staleTime: 600_000,
      refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 2000 : false),
    }),
  );
  const filter = (condition: Condition) => show({ where: addCondition(where, condition) });
  if (rows.error !== null && !rows.isFetching)
    return <FailureNote error={rows.error} retry={() => void rows.refetch()} />;
  const { data } = rows;
  if (data === undefined || data.state === 'pending')
    return (
      <div>
        <p className="text-sm text-muted" role="status">
          {data?.message ?? 'A worker is reading the rows.'}
        </p>
        <Loading lines={8} />
      </div>
    );
  const busy = rows.isPlaceholderData;
  const last = Math.min(offset + data.rows.length, data.total);
  return (
    <div className="space-y-3">
      {data.rows.length === 0 ? (
        <Empty title={data.total === 0 ? 'No row is like that' : 'There are no rows so far behind'}>
          <Button small onClick={() => show({ q: undefined, where: undefined })}>
            Show all rows
          </Button>
        </Empty>
      ) : (
        <div className={busy ? 'opacity-60' : ''} aria-busy={busy}>
          <DataTable
            features={data.features}
            rows={data.rows}
            statistics={statistics.data?.state === 'ready' ? statistics.data : undefined}
            sort={sort}
            onSort={(column) => show({ sort: nextSort(sort, column) })}
            onFilter={filter}
          />
        </div>
      )}
      <nav aria-label="Pages of rows" className="flex flex-wrap items-center gap-3 text-sm">
        <Button
          small
          disabled={offset === 0}
          onClick={() => show({ offset: Math.max(0, offset - pageRows) || undefined })}
        >
          ← Before
        </Button>
        <Button small disabled={last >= data.total} onClick={() => show({ offset: offset + pageRows })}>
          Next →
        </Button>
        <span className="text-muted" aria-live="polite">
          {data.rows.length > 0 && `${(offset + 1).toLocaleString('en')} to ${last.toLocaleString('en')} of `}
          {plural(data.total, q === undefined && where === undefined ? 'row' : 'matching row')}
        </span>
        {busy && <Spinner />}
      </nav>
    </div>
  );
}
