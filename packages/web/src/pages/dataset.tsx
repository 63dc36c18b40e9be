import type { Repository } from '@banyan/contract';
import { useParams } from '@tanstack/react-router';
import { usePlace } from '../lib/place.ts';
import { CitationPanel } from '../parts/citation-panel.tsx';
import { DataViewer } from '../parts/data-viewer.tsx';
import { DatasetJsonLd } from '../parts/dataset-jsonld.tsx';
import { DatasetColumns } from '../parts/dataset-profile.tsx';
import { DatasetQuality } from '../parts/dataset-quality.tsx';
import { Discussions } from '../parts/discussion-view.tsx';
import { FileDrop } from '../parts/file-drop.tsx';
import { FileList } from '../parts/file-list.tsx';
import { History } from '../parts/history.tsx';
import { Empty, Facts, Section } from '../parts/layout.tsx';
import { Rights } from '../parts/licence-link.tsx';
import { RepositoryLink } from '../parts/links.tsx';
import { NeedsGrant } from '../parts/needs-grant.tsx';
import { PrepareForm } from '../parts/prepare-form.tsx';
import { RepositoryAccess } from '../parts/repository-access.tsx';
import { RepositoryCard } from '../parts/repository-card.tsx';
import { RepositoryPage } from '../parts/repository-page.tsx';
import { SqlPanel } from '../parts/sql-panel.tsx';
import { When } from '../parts/when.tsx';

const tabs = [
  ['card', 'About'],
  ['columns', 'Columns'],
  ['quality', 'Quality'],
  ['rows', 'Rows'],
  ['sql', 'SQL'],
  ['files', 'Files'],
  ['versions', 'Versions'],
  ['discussions', 'Discussions'],
  ['access', 'Terms and access'],
  ['prepare', 'Prepare'],
] as const;

export function DatasetPage() {
  const at = useParams({ from: '/datasets/$namespace/$name' });
  return (
    <RepositoryPage kind="dataset" {...at} tabs={tabs}>
      {(tab, repository) => <DatasetTab tab={tab} repository={repository} />}
    </RepositoryPage>
  );
}

function DatasetTab({ tab, repository }: { tab: (typeof tabs)[number][0]; repository: Repository }) {
  const { number } = usePlace();
  if (tab === 'card') return <About repository={repository} />;
  if (tab === 'discussions') return <Discussions repository={repository} number={number} />;
  if (tab === 'access') return <RepositoryAccess repository={repository} />;
  if (!repository.access.read) return <NeedsGrant repository={repository} />;
  if (tab === 'files')
    return (
      <>
        {(repository.access.write || repository.head !== undefined) && (
          <FileDrop kind="dataset" path={repository.path} mayWrite={repository.access.write} />
        )}
        {repository.head === undefined ? (
          <Empty title="No files yet">
            {repository.access.write
              ? 'CSV, JSON, JSON lines, Parquet, plain text and IDX images are understood; a README.md becomes the card.'
              : 'Its owners have not added any.'}
          </Empty>
        ) : (
          <FileList kind="dataset" path={repository.path} />
        )}
      </>
    );
  if (repository.head === undefined) return <Empty title="No files yet">Add some under “Files”.</Empty>;
  if (tab === 'versions') return <History repository={repository} />;
  if (tab === 'columns') return <DatasetColumns path={repository.path} />;
  if (tab === 'quality') return <DatasetQuality path={repository.path} />;
  if (tab === 'rows') return <DataViewer path={repository.path} />;
  if (tab === 'sql') return <SqlPanel path={repository.path} />;
  return <PrepareForm dataset={repository.path} />;
}

function About({ repository }: { repository: Repository }) {
  const [first] = repository.sources;
  return (
    <div className="grid gap-10 lg:grid-cols-[1fr_20rem]">
      <div className="min-w-0">
        <RepositoryCard repository={repository} />
      </div>
      <aside className="min-w-0 space-y-8">
        <Section title="Facts">
          <Facts
            facts={[
              [
                'Path',
                <code key="path" className="break-all">
                  {repository.path}
                </code>,
              ],
              ['Licence', <Rights key="licence" repository={repository} />],
              [
                'Made from',
                first &&
                  repository.sources.map(({ dataset }) => (
                    <span key={dataset} className="block">
                      <RepositoryLink kind="dataset" path={dataset} />
                    </span>
                  )),
              ],
              [
                'Version',
                repository.head === undefined ? (
                  'none yet'
                ) : (
                  <code key="head">{repository.head.slice(0, 10)}</code>
                ),
              ],
              ['Added', <When key="added" at={repository.createdAt} />],
            ]}
          />
        </Section>
        {repository.head !== undefined && <CitationPanel repository={repository} />}
        {repository.head !== undefined && repository.access.read && <DatasetJsonLd path={repository.path} />}
      </aside>
    </div>
  );
}
