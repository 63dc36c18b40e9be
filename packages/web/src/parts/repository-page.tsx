import type { Repository, RepositoryKind } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api } from '../lib/api.ts';
import { usePlace } from '../lib/place.ts';
import { Badge } from './badge.tsx';
import { Page } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { NamespaceLink } from './namespace-link.tsx';
import { Tabs } from './tabs.tsx';
import { When } from './when.tsx';

/** A dataset or a model: its head, and below it the part that the address names, or else the first. */
export function RepositoryPage<Tab extends string>({
  kind,
  namespace,
  name,
  tabs,
  renderActions,
  children,
}: {
  kind: RepositoryKind;
  namespace: string;
  name: string;
  tabs: readonly [first: readonly [Tab, string], ...rest: (readonly [Tab, string])[]];
  renderActions?: (repository: Repository) => ReactNode;
  children: (tab: Tab, repository: Repository) => ReactNode;
}) {
  const { tab } = usePlace();
  const found = useQuery(api.repositories.get.queryOptions({ input: { kind, namespace, name } }));
  const [current] = tabs.find(([one]) => one === tab) ?? tabs[0];
  return (
    <Loaded query={found}>
      {(repository) => (
        <Page
          title={repository.title || name}
          above={
            <>
              {kind === 'dataset' ? 'Dataset' : 'Model'} · <NamespaceLink namespace={namespace} /> / {name}
            </>
          }
          lead={
            <p className="flex flex-wrap items-center gap-2 text-sm">
              <Badge>{repository.visibility}</Badge>
              {repository.rights !== undefined && <Badge>{repository.rights.id}</Badge>}
              {!repository.access.read && <Badge tone="warn">needs a grant</Badge>}
              <span>
                changed <When at={repository.updatedAt} />
              </span>
            </p>
          }
          actions={renderActions?.(repository)}
        >
          <Tabs label={`Parts of this ${kind}`} tabs={tabs} current={current} />
          {children(current, repository)}
        </Page>
      )}
    </Loaded>
  );
}
