import type { Site, Worker } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { api, hubUrl } from '../lib/api.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { StateBadge } from './badge.tsx';
import { Button } from './button.tsx';
import { CodeBlock } from './code-block.tsx';
import { FailureNote } from './failure-note.tsx';
import { Empty, Facts, Panel } from './layout.tsx';
import { SitePolicyForm } from './site-policy-form.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

/** One site: its rules, its workers and what they do. */
export function SitePanel({ site }: { site: Site }) {
  const { policy } = site;
  return (
    <Panel className="space-y-5">
      <div className="flex flex-wrap items-baseline justify-between gap-3">
        <h3 className="text-lg font-semibold">{site.title || site.name}</h3>
        <span className="text-sm text-muted">
          <code>{site.name}</code>
          {site.organisation !== undefined && ` · lent by ${site.organisation}`}
        </span>
      </div>
      {site.workers.length === 0 ? (
        <Empty title="No worker has joined">
          {site.canAdminister ? 'Make a join command and run it on the machine to be lent.' : undefined}
        </Empty>
      ) : (
        <Workers workers={site.workers} />
      )}
      <Facts
        facts={[
          ['Whose jobs', policy.namespaces?.join(', ') ?? 'anybody’s'],
          ['Kinds of jobs', policy.kinds?.join(', ') ?? 'any'],
          ['Longest job', policy.maxJobHours === undefined ? 'no limit' : plural(policy.maxJobHours, 'hour')],
        ]}
      />
      {site.canAdminister && (
        <div className="space-y-4">
          <JoinCommand site={site.name} />
          <SitePolicyForm site={site} />
        </div>
      )}
    </Panel>
  );
}

function Workers({ workers }: { workers: readonly Worker[] }) {
  return (
    <Table
      caption="Workers"
      items={workers}
      keyOf={(worker) => worker.id}
      columns={[
        {
          head: 'Worker',
          render: (worker) => <span title={`version ${worker.version}`}>{worker.name}</span>,
        },
        { head: 'State', render: (worker) => <StateBadge state={worker.state} /> },
        {
          head: 'Does now',
          render: (worker) =>
            worker.jobs.length === 0
              ? '–'
              : worker.jobs.map((job) => (
                  <span key={job.id} className="block">
                    {job.title}
                  </span>
                )),
        },
        {
          head: 'Slots',
          numeric: true,
          render: (worker) => (
            <span className="whitespace-nowrap">
              {worker.jobs.length} of {worker.slots}
            </span>
          ),
        },
        {
          head: 'Machine',
          render: ({ host }) => (
            <span className="block min-w-44 text-muted">
              {host.cpu} · {plural(host.cores, 'core')} · {formatBytes(host.memoryBytes)}
            </span>
          ),
        },
        { head: 'Last heard', render: (worker) => <When at={worker.lastSeenAt} /> },
      ]}
    />
  );
}

function JoinCommand({ site }: { site: string }) {
  const create = useMutation(api.sites.createToken.mutationOptions());
  return (
    <div className="space-y-3">
      <Button small busy={create.isPending} onClick={() => create.mutate({ name: site })}>
        Make a join command
      </Button>
      {create.error !== null && <FailureNote error={create.error} />}
      {create.data !== undefined && (
        <CodeBlock
          label="Run this on the machine to be lent. The token is shown once."
          code={`npx banyan worker join ${hubUrl} --token ${create.data.token} --site ${site}`}
        />
      )}
    </div>
  );
}
