import type { Repository } from '@banyan/contract';
import { useParams } from '@tanstack/react-router';
import { usePlace } from '../lib/place.ts';
import { CitationPanel } from '../parts/citation-panel.tsx';
import { DeployButton } from '../parts/deploy-button.tsx';
import { Discussions } from '../parts/discussion-view.tsx';
import { FileDrop } from '../parts/file-drop.tsx';
import { FileList } from '../parts/file-list.tsx';
import { History } from '../parts/history.tsx';
import { Empty } from '../parts/layout.tsx';
import { ModelExplanation } from '../parts/model-explanation.tsx';
import { ModelLineage, ModelScores } from '../parts/model-lineage.tsx';
import { NeedsGrant } from '../parts/needs-grant.tsx';
import { RepositoryAccess } from '../parts/repository-access.tsx';
import { RepositoryCard } from '../parts/repository-card.tsx';
import { RepositoryPage } from '../parts/repository-page.tsx';

const tabs = [
  ['card', 'About'],
  ['explanation', 'Explanation'],
  ['files', 'Files'],
  ['versions', 'Versions'],
  ['discussions', 'Discussions'],
  ['access', 'Terms and access'],
] as const;

export function ModelPage() {
  const at = useParams({ from: '/models/$namespace/$name' });
  return (
    <RepositoryPage
      kind="model"
      {...at}
      tabs={tabs}
      renderActions={({ head, path }) => head !== undefined && <DeployButton model={path} />}
    >
      {(tab, repository) => <ModelTab tab={tab} repository={repository} />}
    </RepositoryPage>
  );
}

function ModelTab({ tab, repository }: { tab: (typeof tabs)[number][0]; repository: Repository }) {
  const { path, head, access } = repository;
  const { number } = usePlace();
  if (tab === 'access') return <RepositoryAccess repository={repository} />;
  if (tab === 'discussions') return <Discussions repository={repository} number={number} />;
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
