import type { Run } from '@banyan/contract';
import { formatMetric } from '../lib/format.ts';
import { inOrder, metricLabel } from '../lib/metrics.ts';
import { StateBadge } from './badge.tsx';
import { PersonLink, RunLink } from './links.tsx';
import { ProgressBar } from './progress-bar.tsx';
import { type Column, Table } from './table.tsx';
import { When } from './when.tsx';

/** Runs of a project; `chosen` adds boxes with which some are picked to be compared. */
export function RunTable({
  runs,
  chosen,
  onChoose,
}: {
  runs: readonly Run[];
  chosen?: readonly string[];
  onChoose?: (id: string, chosen: boolean) => void;
}) {
  const choice: Column<Run> = {
    head: <span className="sr-only">Compare</span>,
    render: (run) => (
      <input
        type="checkbox"
        aria-label={`Compare ${run.name}`}
        checked={chosen?.includes(run.id) ?? false}
        onChange={(event) => onChoose?.(run.id, event.target.checked)}
        className="size-4 accent-accent"
      />
    ),
  };
  return (
    <Table
      caption="Runs"
      items={runs}
      keyOf={(run) => run.id}
      columns={[
        ...(onChoose === undefined ? [] : [choice]),
        {
          head: 'Run',
          render: (run) => (
            <RunLink id={run.id}>
              <span className="text-muted">#{run.number}</span> {run.name}
            </RunLink>
          ),
        },
        { head: 'Algorithm', render: (run) => <code>{run.spec.algorithm}</code> },
        { head: 'State', render: (run) => <RunState run={run} /> },
        { head: 'Held-out score', render: (run) => <FirstMetric run={run} /> },
        { head: 'By', render: (run) => <PersonLink username={run.createdBy} /> },
        { head: 'Started', render: (run) => <When at={run.startedAt ?? run.createdAt} /> },
      ]}
    />
  );
}

function RunState({ run }: { run: Run }) {
  return (
    <div className="min-w-24 space-y-1.5">
      <StateBadge state={run.state} />
      {run.state === 'running' && run.progress !== undefined && (
        <ProgressBar
          label={`Progress of ${run.name}`}
          value={run.progress.step}
          {...(run.progress.totalSteps === undefined ? {} : { total: run.progress.totalSteps })}
        />
      )}
    </div>
  );
}

/** The deciding metric of the task, beside the baseline's. */
function FirstMetric({ run }: { run: Run }) {
  const [name, measured] = inOrder(run.evaluation?.metrics ?? {})[0] ?? [];
  if (name === undefined || measured === undefined) return <span className="text-muted">–</span>;
  const baseline = run.baseline?.evaluation.metrics[name];
  return (
    <span className="whitespace-nowrap">
      <span className="text-muted">{metricLabel(name)}</span> {formatMetric(measured.value)}
      {baseline !== undefined && (
        <span className="text-xs text-muted"> · baseline {formatMetric(baseline.value)}</span>
      )}
    </span>
  );
}
