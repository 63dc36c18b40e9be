import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Empty } from './layout.tsx';
import { Loading } from './loaded.tsx';
import { ProgressBar } from './progress-bar.tsx';

/** The tables of the newest version; asked again while a worker still converts it. */
export function useSplits(path: string) {
  return useQuery(
    api.data.splits.queryOptions({
      input: splitPath(path),
      refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 1500 : false),
    }),
  );
}

/** Why there is nothing to look at yet, or at all. */
export function NotConverted({
  state,
  message,
  job,
  problems,
}: {
  state: 'ready' | 'pending' | 'failed' | 'none';
  message?: string | undefined;
  job?: string | undefined;
  problems: readonly { path: string; message: string }[];
}) {
  if (state === 'pending') return <Converting message={message} job={job} />;
  const none = state === 'none';
  return (
    <Empty title={none ? 'There is no table in this version' : 'The files could not be read as a table'}>
      <p>{none ? 'Add a CSV, JSON, JSON lines, Parquet, text or IDX file, or images.' : message}</p>
      {problems.length > 0 && (
        <ul className="mt-3 space-y-1 text-left">
          {problems.map((problem) => (
            <li key={`${problem.path} ${problem.message}`} className="break-words">
              <code>{problem.path}</code>: {problem.message}
            </li>
          ))}
        </ul>
      )}
    </Empty>
  );
}

function Converting({ message, job: id }: { message: string | undefined; job: string | undefined }) {
  const job = useQuery({
    ...api.jobs.get.queryOptions({ input: { id: id ?? '' }, refetchInterval: 1500 }),
    enabled: id !== undefined,
    // Those who may read the data are not always members of its project, who alone see its jobs.
    retry: false,
  });
  const { waitingFor, progress } = job.data ?? {};
  return (
    <div role="status" className="space-y-3">
      <p className="text-sm text-muted">
        {waitingFor ?? `${message ?? 'A worker is reading the files.'} The rows appear here by themselves.`}
      </p>
      {progress !== undefined && (
        <div className="max-w-sm">
          <ProgressBar
            label="Reading the files"
            value={progress.step}
            {...(progress.totalSteps === undefined ? {} : { total: progress.totalSteps })}
          />
        </div>
      )}
      <Loading lines={6} />
    </div>
  );
}
