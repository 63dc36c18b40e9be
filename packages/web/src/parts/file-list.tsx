import { type FileEntry, fileUrl } from '@banyan/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, hubUrl } from '../lib/api.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';
import { SelectField } from './field.tsx';
import { Section } from './layout.tsx';
import { Loading } from './loaded.tsx';
import { Table } from './table.tsx';

interface Row {
  path: string;
  /** Absent for a folder. */
  file?: FileEntry;
}

/** Files of a version, folder by folder, to download; the version is a branch or tag. */
export function FileList({ kind, path }: { kind: 'dataset' | 'model'; path: string }) {
  const [revision, setRevision] = useState('main');
  const [folder, setFolder] = useState('');
  const refs = useQuery(api.repositories.refs.queryOptions({ input: { kind, ...splitPath(path) } }));
  const tree = useInfiniteQuery(
    api.repositories.tree.infiniteOptions({
      input: (cursor: string | undefined) => ({
        kind,
        ...splitPath(path),
        revision,
        ...(folder === '' ? {} : { folder }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
    }),
  );
  const pages = tree.data?.pages ?? [];
  const total = pages[0]?.total;
  return (
    <Section title="Files">
      {(refs.data?.length ?? 0) > 1 && (
        <div className="max-w-xs">
          <SelectField
            label="Version"
            value={revision}
            onChange={(next) => {
              setRevision(next);
              setFolder('');
            }}
            options={(refs.data ?? []).map((ref) => [ref.name, `${ref.name} (${ref.kind})`])}
          />
        </div>
      )}
      {folder !== '' && <Trail root={path} folder={folder} open={setFolder} />}
      {tree.error !== null && <FailureNote error={tree.error} retry={() => void tree.refetch()} />}
      {tree.isPending && <Loading />}
      {total !== undefined && (
        <>
          <Table
            caption="Files"
            items={[
              ...pages.flatMap((page) => page.folders.map(({ path: name }): Row => ({ path: name }))),
              ...pages.flatMap((page) => page.files.map((file): Row => ({ path: file.path, file }))),
            ]}
            keyOf={(entry) => entry.path}
            columns={[
              {
                head: 'File',
                render: (entry) =>
                  entry.file ? (
                    <a
                      href={fileUrl(hubUrl, kind, path, revision, entry.path)}
                      download={nameOf(entry.path)}
                      className="text-link break-all"
                    >
                      {nameOf(entry.path)}
                    </a>
                  ) : (
                    <button
                      type="button"
                      className="text-link text-left break-all"
                      onClick={() => setFolder(entry.path)}
                    >
                      {nameOf(entry.path)}/
                    </button>
                  ),
              },
              {
                head: 'Size',
                numeric: true,
                render: ({ file }) => (file ? formatBytes(file.sizeBytes) : 'folder'),
              },
              {
                head: 'sha256',
                render: ({ file }) =>
                  file && (
                    <code title={file.sha256} className="text-xs text-muted">
                      {file.sha256.slice(0, 12)}
                    </code>
                  ),
              },
            ]}
          />
          {tree.hasNextPage && (
            <Button busy={tree.isFetchingNextPage} onClick={() => void tree.fetchNextPage()}>
              Show more
            </Button>
          )}
          <p className="text-xs text-muted">
            {plural(total.files, 'file')} in this version, {formatBytes(total.sizeBytes)}
          </p>
        </>
      )}
    </Section>
  );
}

/** The folders on the way to where one is, each to go back to. */
function Trail({ root, folder, open }: { root: string; folder: string; open: (folder: string) => void }) {
  const parts = folder.split('/');
  return (
    <nav aria-label="Folder" className="text-sm break-all">
      <button type="button" className="text-link" onClick={() => open('')}>
        {nameOf(root)}
      </button>
      {parts.map((part, index) => (
        <span key={parts.slice(0, index + 1).join('/')}>
          <span className="text-muted"> / </span>
          {index === parts.length - 1 ? (
            part
          ) : (
            <button
              type="button"
              className="text-link"
              onClick={() => open(parts.slice(0, index + 1).join('/'))}
            >
              {part}
            </button>
          )}
        </span>
      ))}
    </nav>
  );
}

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;
