import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { readExplanation } from '../lib/explanation.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { ExplanationView } from './explanation-view.tsx';
import { FailureNote } from './failure-note.tsx';
import { JobList } from './job-list.tsx';
import { Empty } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { TextExplanationView } from './text-explanation-view.tsx';

export function ModelExplanation({ path }: { path: string }) {
  const explanation = useQuery(
    api.repositories.explanation.queryOptions({ input: { kind: 'model', ...splitPath(path) } }),
  );
  return (
    <Loaded query={explanation}>
      {({ explanation: json }) => {
        const known = readExplanation(json);
        return (
          <div className="space-y-6">
            {known !== undefined &&
              ('texts' in known ? (
                <TextExplanationView explanation={known.texts} />
              ) : (
                <ExplanationView explanation={known} />
              ))}
            {known === undefined && (
              <Empty title={json === undefined ? 'Not explained yet' : 'This explanation cannot be shown'}>
                Models of tables and series are explained by shuffling columns and by integrated gradients,
                models of texts word by word, on held-out rows.
              </Empty>
            )}
            <Explain path={path} again={known !== undefined} />
          </div>
        );
      }}
    </Loaded>
  );
}

function Explain({ path, again }: { path: string; again: boolean }) {
  const [jobId, setJobId] = useState<string>();
  const explain = useMutation(api.jobs.explain.mutationOptions({ onSuccess: (job) => setJobId(job.id) }));
  return (
    <div className="space-y-3">
      <Button
        look={again ? 'plain' : 'primary'}
        busy={explain.isPending}
        onClick={() => explain.mutate({ project: splitPath(path).namespace, model: path })}
      >
        {again ? 'Explain again' : 'Explain this model'}
      </Button>
      {explain.error !== null && <FailureNote error={explain.error} />}
      {jobId !== undefined && <Explaining id={jobId} />}
    </div>
  );
}

function Explaining({ id }: { id: string }) {
  const job = useQuery(
    api.jobs.get.queryOptions({
      input: { id },
      refetchInterval: ({ state }) =>
        state.data === undefined || state.data.state === 'queued' || state.data.state === 'running'
          ? 1000
          : false,
    }),
  );
  const state = job.data?.state;
  useEffect(() => {
    if (state === 'succeeded') void queryClient.invalidateQueries({ queryKey: api.repositories.key() });
  }, [state]);
  return <Loaded query={job}>{(data) => <JobList jobs={[data]} />}</Loaded>;
}
