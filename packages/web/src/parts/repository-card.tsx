import { fileUrl } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api, hubUrl } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Empty } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { Markdown } from './markdown.tsx';

/** The README of the newest version. */
export function RepositoryCard({
  kind,
  path,
  empty,
}: {
  kind: 'dataset' | 'model';
  path: string;
  empty: boolean;
}) {
  const card = useQuery(
    api.repositories.card.queryOptions({ input: { kind, ...splitPath(path) }, enabled: !empty }),
  );
  const addressOf = useCallback((file: string) => fileUrl(hubUrl, kind, path, 'main', file), [kind, path]);
  const missing = (
    <Empty title="No card yet">
      Add a README.md that says where it comes from, what it holds and what it should not be used for.
    </Empty>
  );
  if (empty) return missing;
  return (
    <Loaded query={card} lines={6}>
      {({ markdown }) =>
        markdown.trim() === '' ? missing : <Markdown text={markdown} addressOf={addressOf} />
      }
    </Loaded>
  );
}
