import { toCsv } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { api } from '../lib/api.ts';
import { type DataSearch, quoteName, typeName } from '../lib/data-view.ts';
import { formatDuration, plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { DataCell } from './data-cell.tsx';
import { NotConverted, useSplits } from './data-splits.tsx';
import { FailureNote } from './failure-note.tsx';
import { Empty } from './layout.tsx';
import { Loaded, Loading } from './loaded.tsx';

type Splits = NonNullable<ReturnType<typeof useSplits>['data']>['splits'];

/** SQL over the splits of the newest version; the address keeps the statement. */
export function SqlPanel({ path }: { path: string }) {
  const splits = useSplits(path);
  return (
    <Loaded query={splits} lines={6}>
      {(data) =>
        data.state === 'ready' ? <Editor path={path} splits={data.splits} /> : <NotConverted {...data} />
      }
    </Loaded>
  );
}

function Editor({ path, splits }: { path: string; splits: Splits }) {
  const { sql } = useSearch({ from: '/datasets/$namespace/$name' });
  const navigate = useNavigate();
  const examples = examplesFor(splits);
  const [text, setText] = useState(sql ?? examples[0]?.sql ?? '');
  const result = useQuery({
    ...api.data.sql.queryOptions({
      input: { ...splitPath(path), sql: sql ?? '' },
      staleTime: Number.POSITIVE_INFINITY,
      refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 1000 : false),
    }),
    enabled: sql !== undefined && sql.trim() !== '',
  });
  const run = (statement: string) => {
    setText(statement);
    if (statement.trim() === sql) void result.refetch();
    else
      void navigate({
        to: '.',
        search: (before: DataSearch) => ({ ...before, sql: statement.trim() }),
        resetScroll: false,
      });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run(text);
  };
  return (
    <div className="space-y-5">
      <div className="grid gap-5 lg:grid-cols-[1fr_16rem]">
        <div className="min-w-0 space-y-2">
          <label htmlFor="sql" className="block text-sm font-medium">
            One SELECT, in DuckDB&rsquo;s SQL
          </label>
          <textarea
            id="sql"
            rows={7}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKey}
            spellCheck={false}
            autoCapitalize="off"
            className="box font-mono text-sm"
          />
          <div className="flex flex-wrap items-center gap-3">
            <Button
              look="primary"
              busy={result.isFetching}
              disabled={text.trim() === ''}
              onClick={() => run(text)}
            >
              Run
            </Button>
            <span className="text-xs text-muted">
              Ctrl+Enter runs it. A query has 30 s, 512 MB of memory and 1 MB for its answer; it reads this
              version and nothing else.
            </span>
          </div>
          <div className="flex flex-wrap gap-2 pt-1">
            {examples.map((example) => (
              <Button key={example.title} small onClick={() => run(example.sql)}>
                {example.title}
              </Button>
            ))}
          </div>
        </div>
        <Tables splits={splits} />
      </div>
      <Result result={result} asked={sql !== undefined} name={path.split('/').at(-1) ?? 'answer'} />
    </div>
  );
}

function Tables({ splits }: { splits: Splits }) {
  return (
    <aside className="min-w-0 space-y-2 text-sm">
      <h2 className="text-sm font-medium">Tables</h2>
      {splits.map(({ table, rows, features }, place) => (
        <details
          key={table}
          open={place === 0}
          className="rounded-md border border-line bg-surface px-3 py-2"
        >
          <summary>
            <code className="font-semibold">{table}</code>{' '}
            <span className="text-xs text-muted">{plural(rows, 'row')}</span>
          </summary>
          <ul className="mt-1 max-h-48 space-y-0.5 overflow-y-auto text-xs">
            {Object.entries(features).map(([name, feature]) => (
              <li key={name} className="flex justify-between gap-3">
                <code className="truncate">{name}</code>
                <span className="text-muted">{typeName(feature)}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </aside>
  );
}

type SqlQuery = ReturnType<typeof useQuery<Awaited<ReturnType<typeof api.data.sql.call>>, Error>>;

function Result({ result, asked, name }: { result: SqlQuery; asked: boolean; name: string }) {
  if (!asked) return <Empty title="No query yet">Write one, or press one of the examples.</Empty>;
  if (result.error !== null && !result.isFetching) return <FailureNote error={result.error} />;
  const { data } = result;
  if (data === undefined || data.state === 'pending' || result.isFetching)
    return (
      <div>
        <p role="status" className="text-sm text-muted">
          {(data?.state === 'pending' ? data.message : undefined) ?? 'A worker is answering.'}
        </p>
        <Loading lines={5} />
      </div>
    );
  const names = data.columns.map((column) => column.name);
  const download = () => {
    const address = URL.createObjectURL(new Blob([toCsv(names, data.rows)], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <p className="text-muted" aria-live="polite">
          {plural(data.rows.length, 'row')} in{' '}
          {data.elapsedMs < 1000 ? `${data.elapsedMs} ms` : formatDuration(data.elapsedMs)}
          {data.truncated && (
            <span className="text-warning"> · there are more: add a LIMIT, or aggregate</span>
          )}
        </p>
        <Button small onClick={download} disabled={data.rows.length === 0}>
          Download CSV
        </Button>
      </div>
      {/* A scrollable region has to be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div
        className="max-h-[70vh] overflow-auto rounded-lg border border-line bg-surface"
        tabIndex={0}
        role="region"
        aria-label="Answer"
      >
        <table className="w-full border-collapse text-sm">
          <thead className="sticky top-0 bg-surface shadow-[0_1px_0_var(--line)]">
            <tr>
              {data.columns.map((column, place) => (
                <th
                  key={place}
                  scope="col"
                  className={`px-3 py-2 font-normal whitespace-nowrap ${isNumeric(column.type) ? 'text-right' : 'text-left'}`}
                >
                  <span className="font-mono text-xs font-semibold">{column.name}</span>{' '}
                  <span className="text-xs text-muted">{column.type}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row, at) => (
              <tr key={at} className="border-b border-line/70 align-top last:border-0">
                {row.map((value, place) => (
                  <td
                    key={place}
                    className={`px-3 py-1.5 ${typeof value === 'number' ? 'text-right tabular-nums' : ''}`}
                  >
                    <DataCell name={names[place] ?? ''} value={value} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const isNumeric = (type: string): boolean => /^(u?int|float|decimal)/.test(type);

/** Queries that make sense for these columns. */
function examplesFor(splits: Splits): { title: string; sql: string }[] {
  const [first] = splits;
  if (first === undefined) return [];
  const table = quoteTable(first.table);
  const columns = Object.entries(first.features).map(([name, feature]) => ({
    name,
    type: typeName(feature),
  }));
  const text = columns.find(({ type }) => type === 'string' || type === 'label');
  const number = columns.find(({ type, name }) => /^(u?int|float)/.test(type) && !/(^|_)id$/i.test(name));
  return [
    { title: 'First rows', sql: `SELECT *\nFROM ${table}\nLIMIT 20` },
    ...(text === undefined
      ? []
      : [
          {
            title: `Count by ${text.name}`,
            sql: `SELECT ${quoteName(text.name)}, count(*) AS n${number ? `, avg(${quoteName(number.name)}) AS mean` : ''}\nFROM ${table}\nGROUP BY ALL\nORDER BY n DESC\nLIMIT 50`,
          },
        ]),
    { title: 'Describe', sql: `SUMMARIZE ${table}` },
  ];
}

const quoteTable = (name: string): string => (/^[a-z_]\w*$/i.test(name) ? name : quoteName(name));
