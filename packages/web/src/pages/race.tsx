import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { IntervalChart } from '../charts/interval-chart.tsx';
import { api } from '../lib/api.ts';
import { formatMetric } from '../lib/format.ts';
import { betterIs, metricLabel } from '../lib/metrics.ts';
import { Badge, StateBadge } from '../parts/badge.tsx';
import { buttonClass } from '../parts/button.tsx';
import { Empty, Page, Panel, Section } from '../parts/layout.tsx';
import { PersonLink, ProjectLink, RepositoryLink, RunLink } from '../parts/links.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';

/** Candidates trained on one split and ranked by one metric. */
export function RacePage() {
  const { id, slug } = useParams({ from: '/projects/$slug/races/$id' });
  const race = useQuery(
    api.races.get.queryOptions({
      input: { id },
      refetchInterval: ({ state }) => (state.data?.state === 'finished' ? false : 2000),
    }),
  );
  return (
    <Loaded query={race}>
      {(data) => {
        const ranked = data.leaderboard.filter((entry) => entry.score !== undefined);
        const baseline = ranked.find((entry) => entry.baseline);
        const label = metricLabel(data.metric);
        return (
          <Page
            title={data.title}
            above={
              <>
                Race in <ProjectLink slug={slug} />
              </>
            }
            lead={
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
                <StateBadge state={data.state} />
                <span>
                  on <RepositoryLink kind="dataset" path={data.dataset} />, by{' '}
                  <PersonLink username={data.createdBy} /> <When at={data.createdAt} />
                </span>
              </p>
            }
            actions={
              <Link
                to="/projects/$slug/compare"
                params={{ slug }}
                search={{ runs: data.leaderboard.map(({ run }) => run.id).join(',') }}
                className={buttonClass()}
              >
                Compare the curves
              </Link>
            }
          >
            <Section title={`Leaderboard by ${label.toLowerCase()}`}>
              {ranked.length === 0 ? (
                <Empty title="No candidate has finished yet">Scores appear here as the runs end.</Empty>
              ) : (
                <Panel>
                  <IntervalChart
                    caption={`${label} of every candidate`}
                    unit={`${label} on held-out rows (${betterIs(data.metric)} is better)`}
                    rows={ranked.map((entry) => ({
                      key: entry.run.id,
                      label: <RunLink id={entry.run.id}>{entry.run.name}</RunLink>,
                      measured: entry.score!,
                      tone: entry.baseline ? 'weak' : 'strong',
                    }))}
                    {...(baseline?.score === undefined
                      ? {}
                      : {
                          reference: {
                            label: `the best baseline, ${baseline.run.name}`,
                            value: baseline.score.value,
                          },
                        })}
                  />
                </Panel>
              )}
              <Table
                caption="Leaderboard"
                items={data.leaderboard}
                keyOf={(entry) => entry.run.id}
                columns={[
                  { head: 'Rank', render: (entry) => entry.rank ?? '–' },
                  {
                    head: 'Candidate',
                    render: (entry) => (
                      <span className="flex flex-wrap items-center gap-2">
                        <RunLink id={entry.run.id}>{entry.run.name}</RunLink>
                        {entry.baseline && <Badge>baseline</Badge>}
                        {entry.rank === 1 && <Badge tone="good">leader</Badge>}
                        {entry.tied && entry.rank !== 1 && <Badge tone="warn">tied with the leader</Badge>}
                      </span>
                    ),
                  },
                  { head: 'Algorithm', render: (entry) => <code>{entry.run.spec.algorithm}</code> },
                  {
                    head: label,
                    numeric: true,
                    render: ({ score }) =>
                      score === undefined ? '–' : <strong>{formatMetric(score.value)}</strong>,
                  },
                  {
                    head: '95 % interval',
                    numeric: true,
                    render: ({ score }) =>
                      score === undefined ? '–' : `${formatMetric(score.low)} to ${formatMetric(score.high)}`,
                  },
                  {
                    head: 'State',
                    render: ({ run }) => (
                      <div className="min-w-24 space-y-1.5">
                        <StateBadge state={run.state} />
                        {run.state === 'running' && run.progress !== undefined && (
                          <ProgressBar
                            label={`Progress of ${run.name}`}
                            value={run.progress.step}
                            {...(run.progress.totalSteps === undefined
                              ? {}
                              : { total: run.progress.totalSteps })}
                          />
                        )}
                      </div>
                    ),
                  },
                  {
                    head: 'Model',
                    render: ({ run }) =>
                      run.modelCommit === undefined ? (
                        '–'
                      ) : (
                        <RepositoryLink kind="model" path={run.spec.model} />
                      ),
                  },
                ]}
              />
              <p className="max-w-prose text-xs text-muted">
                All candidates saw the same training rows and are scored on the same held-out rows. “Tied”
                means that the intervals overlap: on these rows the difference may be chance.
              </p>
            </Section>
          </Page>
        );
      }}
    </Loaded>
  );
}
