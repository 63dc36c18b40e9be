import { useQuery } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { describeFailure } from '../lib/failure.ts';
import { useMe } from '../lib/session.ts';
import { buttonClass } from '../parts/button.tsx';
import { GrantRequests } from '../parts/grant-requests.tsx';
import { JobList } from '../parts/job-list.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { Loaded, Loading } from '../parts/loaded.tsx';
import { ProjectList } from '../parts/project-list.tsx';

/** My desk: what waits for me, what runs, my projects. */
export function HomePage() {
  const me = useMe();
  if (me.error !== null && describeFailure(me.error).signedOut) return <Navigate to="/sign-in" replace />;
  if (me.data === undefined) return <Loaded query={me}>{() => <Loading />}</Loaded>;
  return <Desk name={me.data.person.name} />;
}

function Desk({ name }: { name: string }) {
  const projects = useQuery(api.projects.list.queryOptions({ input: {} }));
  const running = useQuery(
    api.jobs.list.queryOptions({ input: { state: 'running' }, refetchInterval: 4000 }),
  );
  const queued = useQuery(api.jobs.list.queryOptions({ input: { state: 'queued' }, refetchInterval: 4000 }));
  const requests = useQuery(api.grants.list.queryOptions({ input: { state: 'requested' } }));
  const jobs = [...(running.data?.items ?? []), ...(queued.data?.items ?? [])];
  return (
    <Page
      title={`Good to see you, ${name.split(' ')[0]}`}
      actions={
        <>
          <Link to="/new-dataset" className={buttonClass()}>
            Add a dataset
          </Link>
          <Link to="/new-project" className={buttonClass('primary')}>
            Start a project
          </Link>
        </>
      }
    >
      {requests.data !== undefined && requests.data.items.length > 0 && (
        <Section title="Waiting for a decision">
          <GrantRequests grants={requests.data.items} />
        </Section>
      )}
      <Section title="My projects">
        <Loaded query={projects}>
          {({ items }) => {
            const mine = items.filter((project) => project.myRole !== undefined);
            return mine.length === 0 ? (
              <Empty title="No projects yet">
                A project gathers people of several institutions around shared data and models.{' '}
                <Link to="/new-project" className="text-link">
                  Start one
                </Link>
                {items.length > 0 && (
                  <>
                    {' or '}
                    <Link to="/projects" className="text-link">
                      look at the public ones
                    </Link>
                  </>
                )}
                .
              </Empty>
            ) : (
              <ProjectList projects={mine} />
            );
          }}
        </Loaded>
      </Section>
      <Section
        title="Running now"
        aside={
          <Link to="/compute" className="text-link text-sm">
            All compute
          </Link>
        }
      >
        <Loaded query={running}>
          {() =>
            jobs.length === 0 ? (
              <Empty title="Nothing runs or waits">Start a run from a project to see it here.</Empty>
            ) : (
              <JobList jobs={jobs} />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}
