import { fileUrl } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, hubUrl } from '../lib/api.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { SelectField } from './field.tsx';
import { Section } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';

/** Files of a version, to download; the version is a branch or tag. */
export function FileList({ kind, path }: { kind: 'dataset' | 'model'; path: string }) {
  const [revision, setRevision] = useState('main');
  const refs = useQuery(api.repositories.refs.queryOptions({ input: { kind, ...splitPath(path) } }));
  const tree = useQuery(
    api.repositories.tree.queryOptions({ input: { kind, ...splitPath(path), revision } }),
  );
  return (
    <Section title="Files">
      {(refs.data?.length ?? 0) > 1 && (
        <div className="max-w-xs">
          <SelectField
            label="Version"
            value={revision}
            onChange={setRevision}
            options={(refs.data ?? []).map((ref) => [ref.name, `${ref.name} (${ref.kind})`])}
          />
        </div>
      )}
      <Loaded query={tree}>
        {({ files }) => (
          <>
            <Table
              caption="Files"
              items={files}
              keyOf={(file) => file.path}
              columns={[
                {
                  head: 'File',
                  render: (file) => (
                    <a
                      href={fileUrl(hubUrl, kind, path, revision, file.path)}
                      download={file.path.split('/').at(-1)}
                      className="text-link break-all"
                    >
                      {file.path}
                    </a>
                  ),
                },
                { head: 'Size', numeric: true, render: (file) => formatBytes(file.sizeBytes) },
                {
                  head: 'sha256',
                  render: (file) => (
                    <code title={file.sha256} className="text-xs text-muted">
                      {file.sha256.slice(0, 12)}
                    </code>
                  ),
                },
              ]}
            />
            <p className="text-xs text-muted">
              {plural(files.length, 'file')},{' '}
              {formatBytes(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}
            </p>
          </>
        )}
      </Loaded>
    </Section>
  );
}
