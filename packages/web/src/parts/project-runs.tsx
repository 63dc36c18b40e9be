import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../lib/api.ts';
import { formatMetric } from '../lib/format.ts';
import { metricLabel } from '../lib/metrics.ts';
import { StateBadge } from './badge.tsx';
import { buttonClass } from './button.tsx';
import { Empty, Section } from './layout.tsx';
import { RepositoryLink, RunLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { RunTable } from './run-table.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

export function ProjectRuns({ project, contributes }: { project: string; contributes: boolean }) {
  const runs = useQuery(
    api.runs.list.queryOptions({ input: { project, limit: 100 }, refetchInterval: 5000 }),
  );
  const races = useQuery(api.races.list.queryOptions({ input: { project }, refetchInterval: 5000 }));
  const [chosen, setChosen] = useState<readonly string[]>([]);
  return (
    <>
      {(races.data?.items.length ?? 0) > 0 && (
        <Section title="Races">
          <Table
            caption="Races"
            items={races.data?.items ?? []}
            keyOf={(race) => race.id}
            columns={[
              {
                head: 'Race',
                render: (race) => (
                  <Link
                    to="/projects/$slug/races/$id"
                    params={{ slug: project, id: race.id }}
                    className="text-link"
                  >
                    {race.title}
                  </Link>
                ),
              },
              { head: 'State', render: (race) => <StateBadge state={race.state} /> },
              { head: 'Data', render: (race) => <RepositoryLink kind="dataset" path={race.dataset} /> },
              {
                head: 'Leader',
                render: ({ leaderboard: [leader], metric }) =>
                  leader?.score === undefined ? (
                    '–'
                  ) : (
                    <>
                      <RunLink id={leader.run.id}>{leader.run.name}</RunLink>{' '}
                      <span className="whitespace-nowrap text-muted">
                        {metricLabel(metric)} {formatMetric(leader.score.value)}
                      </span>
                    </>
                  ),
              },
              { head: 'Entrants', numeric: true, render: (race) => race.leaderboard.length },
              { head: 'Started', render: (race) => <When at={race.createdAt} /> },
            ]}
          />
        </Section>
      )}
      <Section
        title="Runs"
        aside={
          chosen.length > 1 ? (
            <Link
              to="/projects/$slug/compare"
              params={{ slug: project }}
              search={{ runs: chosen.join(',') }}
              className={buttonClass('primary', true)}
            >
              Compare {chosen.length} runs
            </Link>
          ) : (
            (runs.data?.items.length ?? 0) > 1 && (
              <span className="text-xs text-muted">Tick two or more to compare their curves.</span>
            )
          )
        }
      >
        <Loaded query={runs}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No runs yet">
                {contributes ? (
                  <>
                    Prepare a dataset, then{' '}
                    <Link to="/projects/$slug/new-run" params={{ slug: project }} className="text-link">
                      train the first model
                    </Link>
                    .
                  </>
                ) : (
                  'Contributors of this project can start one.'
                )}
              </Empty>
            ) : (
              <RunTable
                runs={items}
                chosen={chosen}
                onChoose={(id, on) => setChosen(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
              />
            )
          }
        </Loaded>
      </Section>
    </>
  );
}
