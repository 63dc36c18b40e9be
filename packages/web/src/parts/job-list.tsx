import type { Job, Progress } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { api, queryClient } from '../lib/api.ts';
import { formatBytes, formatDuration, formatNumber } from '../lib/format.ts';
import { StateBadge } from './badge.tsx';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';
import { ProgressBar } from './progress-bar.tsx';
import { When } from './when.tsx';

/** Jobs with what they do now, or why they wait, or why they failed. */
export function JobList({ jobs }: { jobs: readonly Job[] }) {
  const cancel = useMutation(
    api.jobs.cancel.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.jobs.key() }),
    }),
  );
  return (
    <>
      {cancel.error !== null && <FailureNote error={cancel.error} />}
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {jobs.map((job) => (
          <li key={job.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3 text-sm">
            <div className="min-w-0 flex-1 basis-64 space-y-1">
              <p className="font-medium">{job.title}</p>
              <p className="text-xs text-muted">
                {job.namespace} · {job.createdBy} · <When at={job.createdAt} />
                {job.worker !== undefined && ` · on ${job.worker}`}
                {job.attempt > 1 && ` · attempt ${job.attempt}`}
                {job.startedAt !== undefined &&
                  job.finishedAt !== undefined &&
                  ` · took ${formatDuration(Date.parse(job.finishedAt) - Date.parse(job.startedAt))}`}
              </p>
              {job.waitingFor !== undefined && <p className="text-warning">Waits: {job.waitingFor}</p>}
              {job.error !== undefined && <p className="text-danger">{job.error.message}</p>}
            </div>
            <div className="w-32 space-y-2 pt-0.5">
              <StateBadge state={job.state} />
              {job.state === 'running' && job.kind !== 'serve' && job.progress !== undefined && (
                <>
                  <ProgressBar
                    label={`Progress: ${job.title}`}
                    value={job.progress.step}
                    {...(job.progress.totalSteps === undefined ? {} : { total: job.progress.totalSteps })}
                  />
                  {job.progress.phase !== undefined && (
                    <p className="text-xs text-muted">{job.progress.phase}</p>
                  )}
                  {job.progress.unit !== undefined && <Pass progress={job.progress} />}
                </>
              )}
            </div>
            {(job.state === 'queued' || job.state === 'running') && (
              <Button
                small
                look="danger"
                busy={cancel.isPending && cancel.variables.id === job.id}
                onClick={() => cancel.mutate({ id: job.id })}
                aria-label={`Stop ${job.title}`}
              >
                Stop
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** How much of a pass over the data is done, and how long it still takes. */
function Pass({ progress: { step, totalSteps, unit, remainingMs } }: { progress: Progress }) {
  const amount = unit === 'bytes' ? formatBytes : formatNumber;
  return (
    <p className="text-xs text-muted">
      {amount(step)}
      {totalSteps !== undefined && ` of ${amount(totalSteps)}`}
      {unit === 'rows' && ' rows'}
      {remainingMs !== undefined && `, ${formatDuration(remainingMs)} left`}
    </p>
  );
}
