import type { FileChange, Repository, TableChange } from '@banyan/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../lib/api.ts';
import { formatBytes, formatNumber } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { Badge, type Tone } from './badge.tsx';
import { FailureNote } from './failure-note.tsx';
import { Loaded, Loading } from './loaded.tsx';
import { ShowMore } from './show-more.tsx';
import { TextDiff } from './text-diff.tsx';

interface Between {
  repository: Repository;
  /** Absent: the version before `to`. */
  from?: string;
  to: string;
}

/** Files and columns in which two versions differ; texts open to their lines. */
export function ChangeList({ repository, from, to }: Between) {
  const at = {
    kind: repository.kind,
    ...splitPath(repository.path),
    ...(from !== undefined && { from }),
    to,
  };
  const diff = useInfiniteQuery(
    api.versions.diff.infiniteOptions({
      input: (cursor: string | undefined) => ({
        ...at,
        limit: 100,
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
    }),
  );
  if (diff.error !== null) return <FailureNote error={diff.error} retry={() => void diff.refetch()} />;
  if (!diff.data) return <Loading />;
  const files = diff.data.pages.flatMap((page) => page.files);
  const table = diff.data.pages[0]?.table;
  return (
    <div className="space-y-4">
      {table && <TableSummary table={table} />}
      {files.length === 0 && <p className="text-sm text-muted">No file differs.</p>}
      <ul className="divide-y divide-line rounded-md border border-line">
        {files.map((file) => (
          <Change key={file.path} at={at} file={file} alone={files.length === 1} />
        ))}
      </ul>
      <ShowMore query={diff} />
    </div>
  );
}

const largestText = 1 << 20;

function Change({
  at,
  file,
  alone,
}: {
  at: { kind: Repository['kind']; namespace: string; name: string; from?: string; to: string };
  file: FileChange;
  alone: boolean;
}) {
  const { path, before, after } = file;
  const [tone, word]: [Tone, string] =
    before === undefined ? ['good', 'added'] : after === undefined ? ['bad', 'removed'] : ['warn', 'changed'];
  const small = Math.max(before?.sizeBytes ?? 0, after?.sizeBytes ?? 0) <= largestText;
  const [open, setOpen] = useState(small && (alone || /(^|\/)readme\.md$/i.test(path)));
  const text = useQuery(api.versions.textDiff.queryOptions({ input: { ...at, path }, enabled: open }));
  return (
    <li className="px-3 py-2">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-sm">
        <Badge tone={tone}>{word}</Badge>
        {small ? (
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="text-link text-left break-all"
          >
            {path}
          </button>
        ) : (
          <span className="break-all">{path}</span>
        )}
        <span className="ml-auto text-xs text-muted">
          {[before, after].flatMap((side) => (side ? [formatBytes(side.sizeBytes)] : [])).join(' → ')}
        </span>
      </div>
      {open && (
        <div className="mt-2">
          <Loaded query={text}>
            {({ diff }) =>
              diff === undefined ? (
                <p className="text-xs text-muted">This is no text, or too long for one.</p>
              ) : (
                <TextDiff diff={diff} />
              )
            }
          </Loaded>
        </div>
      )}
    </li>
  );
}

/** What happened to a dataset's table: rows that came or went, columns that are new, gone, or hold other values. */
function TableSummary({ table: { rows, columns } }: { table: TableChange }) {
  const more = rows.after - rows.before;
  const named = (change: string) =>
    columns.filter((column) => column.change === change).map(({ name }) => name);
  const lines = [
    ['new columns', named('added')],
    ['gone', named('removed')],
    ['of another type', named('retyped')],
    ['with other values', named('values')],
  ] as const;
  return (
    <div className="rounded-md bg-sunken px-3 py-2 text-sm">
      <p>
        {formatNumber(rows.before)} → {formatNumber(rows.after)} rows
        {more !== 0 && ` (${more > 0 ? '+' : '−'}${formatNumber(Math.abs(more))})`}
      </p>
      {lines.map(
        ([what, names]) =>
          names.length > 0 && (
            <p key={what} className="break-words">
              <span className="text-muted">{what}: </span>
              {names.join(', ')}
            </p>
          ),
      )}
    </div>
  );
}
