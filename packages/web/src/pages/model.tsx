import type { Repository } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { usePlace } from '../lib/place.ts';
import { Badge } from '../parts/badge.tsx';
import { CitationPanel } from '../parts/citation-panel.tsx';
import { DeployButton } from '../parts/deploy-button.tsx';
import { Discussions } from '../parts/discussion-view.tsx';
import { FileDrop } from '../parts/file-drop.tsx';
import { FileList } from '../parts/file-list.tsx';
import { History } from '../parts/history.tsx';
import { Empty, Page } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ModelExplanation } from '../parts/model-explanation.tsx';
import { ModelLineage, ModelScores } from '../parts/model-lineage.tsx';
import { NamespaceLink } from '../parts/namespace-link.tsx';
import { NeedsGrant } from '../parts/needs-grant.tsx';
import { RepositoryAccess } from '../parts/repository-access.tsx';
import { RepositoryCard } from '../parts/repository-card.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { When } from '../parts/when.tsx';

const tabs = [
  ['card', 'About'],
  ['explanation', 'Explanation'],
  ['files', 'Files'],
  ['versions', 'Versions'],
  ['discussions', 'Discussions'],
  ['access', 'Terms and access'],
] as const;

export function ModelPage() {
  const { namespace, name } = useParams({ from: '/models/$namespace/$name' });
  const { tab } = useSearch({ from: '/models/$namespace/$name' });
  const model = useQuery(api.repositories.get.queryOptions({ input: { kind: 'model', namespace, name } }));
  const current = tabs.find(([one]) => one === tab)?.[0] ?? 'card';
  return (
    <Loaded query={model}>
      {(repository) => (
        <Page
          title={repository.title || name}
          above={
            <>
              Model · <NamespaceLink namespace={namespace} /> / {name}
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
          actions={repository.head !== undefined && <DeployButton model={repository.path} />}
        >
          <Tabs label="Parts of this model" tabs={tabs} current={current} />
          <ModelTab tab={current} repository={repository} />
        </Page>
      )}
    </Loaded>
  );
}

function ModelTab({ tab, repository }: { tab: (typeof tabs)[number][0]; repository: Repository }) {
  const { path, head, access } = repository;
  const { number } = usePlace();
  if (tab === 'access') return <RepositoryAccess repository={repository} />;
  if (head === undefined)
    return (
      <Empty title="No version yet">When the run that makes this model succeeds, it appears here.</Empty>
    );
  if (tab === 'card')
    return (
      <div className="grid gap-10 lg:grid-cols-[1fr_20rem]">
        <div className="min-w-0 space-y-10">
          <ModelScores path={path} />
          <RepositoryCard repository={repository} />
        </div>
        <aside className="min-w-0 space-y-8">
          <ModelLineage repository={repository} />
          <CitationPanel repository={repository} />
        </aside>
      </div>
    );
  if (tab === 'discussions') return <Discussions repository={repository} number={number} />;
  if (!access.read) return <NeedsGrant repository={repository} />;
  if (tab === 'explanation') return <ModelExplanation path={path} />;
  if (tab === 'versions') return <History repository={repository} />;
  return (
    <>
      <FileDrop kind="model" path={path} mayWrite={access.write} />
      <FileList kind="model" path={path} />
    </>
  );
}
