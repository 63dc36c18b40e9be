import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { api } from '../lib/api.ts';
import { Badge } from '../parts/badge.tsx';
import { buttonClass } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Empty, Page } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { RepositoryList } from '../parts/repository-list.tsx';
import { ShowMore } from '../parts/show-more.tsx';

export function DatasetsPage() {
  return (
    <Page
      title="Datasets"
      lead="Versioned files under their owners' terms. Gated ones show their card; ask for access to use them."
      actions={
        <Link to="/new-dataset" className={buttonClass('primary')}>
          Add a dataset
        </Link>
      }
    >
      <Repositories kind="dataset" empty="Add the first one: a CSV file and a sentence about it will do." />
    </Page>
  );
}

export function ModelsPage() {
  return (
    <Page
      title="Models"
      lead="What runs have learned: every version with its data, its score and its makers."
    >
      <Repositories
        kind="model"
        empty="Start a run from a project: when it succeeds its model appears here."
      />
    </Page>
  );
}

function Repositories({ kind, empty }: { kind: 'dataset' | 'model'; empty: string }) {
  const { tag } = useSearch({ from: kind === 'dataset' ? '/datasets' : '/models' });
  const [text, setText] = useState('');
  const search = useDeferredValue(text.trim());
  const repositories = useInfiniteQuery(
    api.repositories.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        kind,
        limit: 100,
        ...(search === '' ? {} : { search }),
        ...(tag === undefined ? {} : { tags: [tag] }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: (previous) => previous,
    }),
  );
  const items = repositories.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <div className="w-full max-w-sm">
          <TextField label="Find by name, title or summary" type="search" value={text} onChange={setText} />
        </div>
        {tag !== undefined && (
          <p className="pb-2 text-sm">
            with the tag <Badge tone="good">{tag}</Badge>{' '}
            <Link to="." search={{}} className="text-link">
              show all
            </Link>
          </p>
        )}
      </div>
      <Loaded query={repositories}>
        {() =>
          items.length > 0 ? (
            <RepositoryList repositories={items} />
          ) : search === '' && tag === undefined ? (
            <Empty title={`No ${kind}s yet`}>{empty}</Empty>
          ) : (
            <Empty title={search === '' ? `No ${kind} has this tag` : `No ${kind} is called “${search}”`} />
          )
        }
      </Loaded>
      <ShowMore query={repositories} />
    </>
  );
}
