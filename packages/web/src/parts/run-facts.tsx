import { describeRuntime, type Lane, type Run } from '@banyan/contract';
import { Link } from '@tanstack/react-router';
import { formatDuration } from '../lib/format.ts';
import { labelOf } from '../lib/schema-form.ts';
import { Facts, Section } from './layout.tsx';
import { PersonLink, RepositoryLink } from './links.tsx';
import { When } from './when.tsx';

/** Where a repetition gives the same weights, to the bit. */
const sameBits: Record<Lane, string> = {
  native: 'the same weights on a machine alike',
  deterministic: 'the same weights on every machine',
};

/** How a run was made: its configuration and its lineage, enough to do it again. */
export function RunFacts({ run }: { run: Run }) {
  const { spec } = run;
  const config = Object.entries(spec.config);
  const tookMs =
    run.startedAt === undefined || run.finishedAt === undefined
      ? undefined
      : Date.parse(run.finishedAt) - Date.parse(run.startedAt);
  return (
    <div className="space-y-10">
      <Section title="Lineage">
        <Facts
          facts={[
            ['Started by', <PersonLink key="by" username={run.createdBy} />],
            [
              'Data',
              <span key="data">
                <RepositoryLink kind="dataset" path={spec.dataset} />{' '}
                <code className="text-xs text-muted">{run.datasetCommit.slice(0, 10)}</code>
              </span>,
            ],
            [
              'Model',
              run.modelCommit === undefined ? (
                spec.model
              ) : (
                <span key="model">
                  <RepositoryLink kind="model" path={spec.model} />{' '}
                  <code className="text-xs text-muted">{run.modelCommit.slice(0, 10)}</code>
                </span>
              ),
            ],
            [
              'Race',
              run.race === undefined ? undefined : (
                <Link
                  key="race"
                  to="/projects/$slug/races/$id"
                  params={{ slug: spec.project, id: run.race }}
                  className="text-link"
                >
                  Leaderboard
                </Link>
              ),
            ],
            [
              'Ran at',
              run.site === undefined
                ? undefined
                : `${run.site}${run.worker === undefined ? '' : `, ${run.worker}`}`,
            ],
            ['Created', <When key="created" at={run.createdAt} />],
            ['Took', tookMs === undefined ? undefined : formatDuration(tookMs)],
            ['Attempts', run.attempts > 1 ? run.attempts : undefined],
          ]}
        />
      </Section>
      <Section title="Configuration">
        <Facts
          facts={[
            ['Algorithm', <code key="algorithm">{spec.algorithm}</code>],
            ['Seed', spec.seed],
            ['Lane', `${spec.lane}: ${sameBits[spec.lane]}`],
            ['Computed by', run.runtime && describeRuntime(run.runtime)],
            ...config.map(
              ([name, value]) =>
                [
                  labelOf(name),
                  <code key={name}>{typeof value === 'string' ? value : JSON.stringify(value)}</code>,
                ] as const,
            ),
          ]}
        />
        {config.length === 0 && <p className="text-xs text-muted">All else as the algorithm’s defaults.</p>}
      </Section>
    </div>
  );
}
