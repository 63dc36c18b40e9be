import { type FileEntry, fileUrl } from '@banyan/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api, hubUrl } from '../lib/api.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { usePlace } from '../lib/place.ts';
import { splitPath } from '../lib/repository.ts';
import { FailureNote } from './failure-note.tsx';
import { FilePreview } from './file-preview.tsx';
import { Section } from './layout.tsx';
import { Loading } from './loaded.tsx';
import { PlaceLink } from './place-link.tsx';
import { RevisionChoice } from './revision-choice.tsx';
import { ShowMore } from './show-more.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

interface Row {
  path: string;
  /** Absent for a folder. */
  file?: FileEntry;
}

/** Files of a version, folder by folder, to look at and to download. */
export function FileList({ kind, path }: { kind: 'dataset' | 'model'; path: string }) {
  const { revision = 'main', folder = '', file } = usePlace();
  const place = { tab: 'files', revision };
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
      enabled: file === undefined,
    }),
  );
  const pages = tree.data?.pages ?? [];
  const first = pages[0];
  return (
    <Section
      title="Files"
      aside={<RevisionChoice kind={kind} path={path} revision={revision} place={place} />}
    >
      {(folder !== '' || file !== undefined) && <Trail root={path} place={place} to={file ?? folder} />}
      {file !== undefined && <FilePreview key={file} {...{ kind, path, revision, file }} />}
      {file === undefined && tree.error !== null && (
        <FailureNote error={tree.error} retry={() => void tree.refetch()} />
      )}
      {file === undefined && tree.isPending && <Loading />}
      {file === undefined && first !== undefined && (
        <>
          <p className="flex flex-wrap items-baseline gap-x-2 rounded-md bg-sunken px-3 py-2 text-sm">
            <span className="min-w-0 break-words">{first.commit.message.split('\n')[0]}</span>
            <PlaceLink
              to={{ tab: 'versions', commit: first.commit.id }}
              className="text-link font-mono text-xs"
            >
              {first.commit.id.slice(0, 10)}
            </PlaceLink>
            <span className="text-xs text-muted">
              {first.commit.author}, <When at={first.commit.createdAt} />
            </span>
          </p>
          <Table
            caption="Files"
            items={[
              ...pages.flatMap((page) => page.folders.map(({ path: name }): Row => ({ path: name }))),
              ...pages.flatMap((page) => page.files.map((entry): Row => ({ path: entry.path, file: entry }))),
            ]}
            keyOf={(entry) => entry.path}
            columns={[
              {
                head: 'File',
                render: (entry) => (
                  <PlaceLink
                    to={entry.file ? { ...place, file: entry.path } : { ...place, folder: entry.path }}
                    className="text-link break-all"
                  >
                    {nameOf(entry.path)}
                    {!entry.file && '/'}
                  </PlaceLink>
                ),
              },
              {
                head: 'Size',
                numeric: true,
                render: ({ file: entry }) => (
                  <span className="whitespace-nowrap">{entry ? formatBytes(entry.sizeBytes) : 'folder'}</span>
                ),
              },
              {
                head: 'sha256',
                render: ({ file: entry }) =>
                  entry && (
                    <code title={entry.sha256} className="text-xs text-muted">
                      {entry.sha256.slice(0, 12)}
                    </code>
                  ),
              },
              {
                head: <span className="sr-only">Download</span>,
                render: ({ file: entry }) =>
                  entry && (
                    <a
                      href={fileUrl(hubUrl, kind, path, revision, entry.path)}
                      download={nameOf(entry.path)}
                      className="text-link text-xs"
                    >
                      download
                    </a>
                  ),
              },
            ]}
          />
          <ShowMore query={tree} />
          <p className="text-xs text-muted">
            {plural(first.total.files, 'file')} in this version, {formatBytes(first.total.sizeBytes)}
          </p>
        </>
      )}
    </Section>
  );
}

/** The folders on the way to where one is, each to go back to. */
function Trail({ root, place, to }: { root: string; place: { tab: string; revision: string }; to: string }) {
  const parts = to.split('/');
  return (
    <nav aria-label="Folder" className="text-sm break-all">
      <PlaceLink to={place}>{nameOf(root)}</PlaceLink>
      {parts.map((part, index) => {
        const folder = parts.slice(0, index + 1).join('/');
        return (
          <span key={folder}>
            <span className="text-muted"> / </span>
            {index === parts.length - 1 ? part : <PlaceLink to={{ ...place, folder }}>{part}</PlaceLink>}
          </span>
        );
      })}
    </nav>
  );
}

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;
