import type { Repository } from '@banyan/contract';
import { Badge } from './badge.tsx';
import { RepositoryLink } from './links.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

export function RepositoryList({ repositories }: { repositories: readonly Repository[] }) {
  const kind = repositories[0]?.kind === 'model' ? 'Models' : 'Datasets';
  return (
    <Table
      caption={kind}
      items={repositories}
      keyOf={(repository) => repository.id}
      columns={[
        {
          head: 'Name',
          render: (repository) => (
            <>
              <RepositoryLink kind={repository.kind} path={repository.path} />
              {(repository.title || repository.summary) !== '' && (
                <span className="line-clamp-2 max-w-prose text-xs text-muted">
                  {[repository.title, repository.summary].filter((part) => part !== '').join(' · ')}
                </span>
              )}
            </>
          ),
        },
        { head: 'Access', render: (repository) => <Access repository={repository} /> },
        { head: 'Licence', render: (repository) => repository.rights?.id ?? '–' },
        {
          head: 'Made from',
          render: ({ sources }) =>
            sources.length === 0
              ? '–'
              : sources.map(({ dataset }) => (
                  <span key={dataset} className="block">
                    <RepositoryLink kind="dataset" path={dataset} />
                  </span>
                )),
        },
        { head: 'Changed', render: (repository) => <When at={repository.updatedAt} /> },
      ]}
    />
  );
}

export function Access({ repository }: { repository: Repository }) {
  return (
    <span className="flex flex-wrap gap-1.5">
      <Badge>{repository.visibility}</Badge>
      {!repository.access.read && <Badge tone="warn">needs a grant</Badge>}
    </span>
  );
}
