import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { plural } from '../lib/format.ts';
import { atLeast } from '../lib/session.ts';
import { Badge } from '../parts/badge.tsx';
import { buttonClass } from '../parts/button.tsx';
import { Credits } from '../parts/credits.tsx';
import { DeploymentList } from '../parts/deployment-list.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { LedgerTable } from '../parts/ledger-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Members } from '../parts/members.tsx';
import { ProjectRuns } from '../parts/project-runs.tsx';
import { ProjectSettings } from '../parts/project-settings.tsx';
import { RepositoryList } from '../parts/repository-list.tsx';
import { Tabs } from '../parts/tabs.tsx';

const tabs = [
  ['work', 'Runs and races'],
  ['data', 'Data'],
  ['models', 'Models'],
  ['people', 'People'],
  ['credit', 'Credit'],
  ['settings', 'Settings'],
] as const;

export function ProjectPage() {
  const { slug } = useParams({ from: '/projects/$slug' });
  const { tab } = useSearch({ from: '/projects/$slug' });
  const project = useQuery(api.projects.get.queryOptions({ input: { slug } }));
  const current = tabs.find(([name]) => name === tab)?.[0] ?? 'work';
  return (
    <Loaded query={project}>
      {(data) => {
        const contributes = atLeast(data.myRole, 'contributor');
        const shown = tabs.filter(([name]) => name !== 'settings' || atLeast(data.myRole, 'maintainer'));
        return (
          <Page
            title={data.title}
            above="Project"
            lead={
              <>
                <p className="whitespace-pre-line">{data.description}</p>
                <p className="mt-3 flex flex-wrap items-center gap-2 text-sm">
                  <Badge>{data.visibility}</Badge>
                  <span>{plural(data.members, 'member')}</span>
                  {data.organisations.map((one) => (
                    <Link
                      key={one.slug}
                      to="/organisations/$slug"
                      params={{ slug: one.slug }}
                      className="text-link"
                    >
                      {one.title}
                    </Link>
                  ))}
                </p>
              </>
            }
            actions={
              contributes && (
                <Link to="/projects/$slug/new-run" params={{ slug }} className={buttonClass('primary')}>
                  New run or race
                </Link>
              )
            }
          >
            <Tabs label="Parts of this project" tabs={shown} current={current} />
            {current === 'work' && <ProjectRuns project={slug} contributes={contributes} />}
            {current === 'data' && <ProjectData project={slug} contributes={contributes} />}
            {current === 'models' && <ProjectModels project={slug} />}
            {current === 'people' && <Members namespace={slug} myRole={data.myRole} />}
            {current === 'credit' && <ProjectCredit project={slug} />}
            {current === 'settings' && <ProjectSettings project={data} />}
          </Page>
        );
      }}
    </Loaded>
  );
}

function ProjectData({ project, contributes }: { project: string; contributes: boolean }) {
  const datasets = useQuery(
    api.repositories.list.queryOptions({ input: { kind: 'dataset', project, limit: 200 } }),
  );
  return (
    <Section
      title="Datasets"
      aside={
        contributes && (
          <Link to="/new-dataset" search={{ namespace: project }} className={buttonClass('plain', true)}>
            Add a dataset
          </Link>
        )
      }
    >
      <Loaded query={datasets}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No datasets yet">
              Add one of your own, or{' '}
              <Link to="/datasets" className="text-link">
                find one on this hub
              </Link>{' '}
              and ask for access in the name of this project.
            </Empty>
          ) : (
            <RepositoryList repositories={items} />
          )
        }
      </Loaded>
    </Section>
  );
}

function ProjectModels({ project }: { project: string }) {
  const models = useQuery(
    api.repositories.list.queryOptions({ input: { kind: 'model', project, limit: 200 } }),
  );
  const deployments = useQuery(api.deployments.list.queryOptions({ input: { project } }));
  return (
    <>
      <Section title="Models">
        <Loaded query={models}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No models yet">A run that succeeds leaves its model here.</Empty>
            ) : (
              <RepositoryList repositories={items} />
            )
          }
        </Loaded>
      </Section>
      <Section title="Served models">
        <Loaded query={deployments}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nothing is served">Open a model and choose “Deploy”.</Empty>
            ) : (
              <DeploymentList deployments={items} />
            )
          }
        </Loaded>
      </Section>
    </>
  );
}

function ProjectCredit({ project }: { project: string }) {
  const recent = useQuery(api.ledger.list.queryOptions({ input: { namespace: project, limit: 15 } }));
  return (
    <>
      <Section title="Who contributed what">
        <Credits project={project} />
      </Section>
      <Section
        title="Recently"
        aside={
          <Link to="/ledger" search={{ namespace: project }} className="text-link text-sm">
            Whole ledger
          </Link>
        }
      >
        <Loaded query={recent}>{({ items }) => <LedgerTable entries={items} />}</Loaded>
      </Section>
    </>
  );
}
