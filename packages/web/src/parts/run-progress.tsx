import type { Run } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../lib/api.ts';
import { formatDuration, formatNumber } from '../lib/format.ts';
import { remainingMs } from '../lib/remaining.ts';
import { Panel } from './layout.tsx';
import { ProgressBar } from './progress-bar.tsx';

/** What a run does now: why it waits, how far it is, how long it still takes. */
export function RunProgress({ run }: { run: Run }) {
  if (run.state === 'queued') return <Waiting job={run.job} />;
  if (run.state === 'running') return <Running run={run} />;
  return null;
}

function Waiting({ job }: { job: string }) {
  const query = useQuery(api.jobs.get.queryOptions({ input: { id: job }, refetchInterval: 3000 }));
  return (
    <Panel>
      <p role="status" className="text-sm">
        {query.data?.waitingFor === undefined
          ? 'Waits for the next free worker.'
          : `Waits: ${query.data.waitingFor}`}
      </p>
    </Panel>
  );
}

function Running({ run }: { run: Run }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const elapsedMs = run.startedAt === undefined ? 0 : Math.max(0, nowMs - Date.parse(run.startedAt));
  const { step, totalSteps, phase } = run.progress ?? { step: 0 };
  const leftMs = remainingMs(elapsedMs, step, totalSteps);
  return (
    <Panel className="space-y-3">
      <ProgressBar
        label="Training"
        value={step}
        {...(totalSteps === undefined ? {} : { total: totalSteps })}
      />
      <p className="flex flex-wrap justify-between gap-x-6 gap-y-1 text-sm text-muted">
        <span>
          {phase !== undefined && `${phase} · `}step {formatNumber(step)}
          {totalSteps !== undefined && ` of ${formatNumber(totalSteps)}`}
        </span>
        <span>
          {formatDuration(elapsedMs)} so far
          {leftMs !== undefined && `, about ${formatDuration(leftMs)} left`}
        </span>
        {run.worker !== undefined && (
          <span>
            on {run.worker}
            {run.site !== undefined && ` at ${run.site}`}
          </span>
        )}
      </p>
    </Panel>
  );
}
