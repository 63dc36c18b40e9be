import type { Run } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ConfusionMatrix } from '../charts/confusion-matrix.tsx';
import { api, queryClient } from '../lib/api.ts';
import { useLiveRun } from '../lib/run-live.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CurveGrid } from '../parts/curve-grid.tsx';
import { EvaluationTable } from '../parts/evaluation-table.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { ProjectLink } from '../parts/links.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { LogView } from '../parts/log-view.tsx';
import { RunFacts } from '../parts/run-facts.tsx';
import { RunProgress } from '../parts/run-progress.tsx';

export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' });
  const { run, series, logs, connected } = useLiveRun(id);
  return (
    <Loaded query={run}>
      {(data) => (
        <Page
          title={data.name}
          above={
            <>
              Run #{data.number} in <ProjectLink slug={data.spec.project} />
            </>
          }
          lead={
            <p className="flex flex-wrap items-center gap-3 text-sm">
              <StateBadge state={data.state} />
              <span>
                <code>{data.spec.algorithm}</code> on {data.spec.dataset}
              </span>
              {connected && <span className="text-accent">live</span>}
            </p>
          }
          actions={<Cancel run={data} />}
        >
          <RunProgress run={data} />
          {data.error !== undefined && (
            <div role="alert" className="rounded-lg border border-danger/40 bg-danger-soft px-4 py-3 text-sm">
              <p className="font-medium text-danger">{data.error.message}</p>
              <p className="mt-1 text-xs text-muted">{data.error.code}</p>
            </div>
          )}
          {data.evaluation !== undefined && (
            <Section title="On held-out rows">
              <EvaluationTable
                evaluation={data.evaluation}
                {...(data.baseline === undefined ? {} : { baseline: data.baseline })}
              />
              {data.evaluation.confusion !== undefined && <ConfusionMatrix {...data.evaluation.confusion} />}
            </Section>
          )}
          <Section title="Curves">
            {series.length === 0 ? (
              <Empty title={data.state === 'queued' ? 'Not started yet' : 'No points yet'}>
                Curves are drawn here while the model trains.
              </Empty>
            ) : (
              <CurveGrid curves={series.map((one) => ({ ...one, label: one.name.replaceAll('_', ' ') }))} />
            )}
          </Section>
          <div className="grid gap-10 lg:grid-cols-2">
            <RunFacts run={data} />
            <Section title="Log">
              <LogView lines={logs} />
            </Section>
          </div>
        </Page>
      )}
    </Loaded>
  );
}

function Cancel({ run }: { run: Run }) {
  const cancel = useMutation(
    api.runs.cancel.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.runs.key() }),
    }),
  );
  if (run.state !== 'queued' && run.state !== 'running') return null;
  return (
    <div className="space-y-2">
      <Button
        look="danger"
        busy={cancel.isPending}
        onClick={() => {
          if (window.confirm('Stop this run? What it has learned so far is not kept.'))
            cancel.mutate({ id: run.id });
        }}
      >
        Stop this run
      </Button>
      {cancel.error !== null && <FailureNote error={cancel.error} />}
    </div>
  );
}
