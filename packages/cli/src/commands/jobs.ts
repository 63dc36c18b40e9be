import type { Job, JobKind } from '@banyan/contract';
import { jobKinds, jobState } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { formatTime } from '../amounts.ts';
import { group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parseWhole } from '../values.ts';

export function addJobs(program: Command, shell: Shell): void {
  const jobs = group(program, 'jobs', 'Everything that workers do: preparing, training, explaining, serving');

  leaf(jobs, 'list', 'The newest jobs I can see', ['jobs list --state queued', 'jobs list --namespace flora'])
    .option('--namespace <slug>', 'of this project, organisation or person')
    .addOption(new Option('--state <state>', 'only these').choices(jobState.options))
    .addOption(new Option('--kind <kind>', 'only these').choices(jobKinds))
    .option('--limit <n>', 'how many', parseWhole('--limit', 1, 200), 50)
    .action(
      withHub(
        shell,
        async (
          { hub, print },
          options: { namespace?: string; state?: Job['state']; kind?: JobKind; limit: number },
        ) => {
          const { namespace, state, kind, limit } = options;
          const { items } = await hub.jobs.list(defined({ namespace, state, kind, limit }));
          const rows = items.map((job) => [
            job.id,
            job.title,
            job.state,
            job.error?.message.slice(0, 60) ?? job.waitingFor ?? describeProgress(job),
            job.worker ?? '',
            formatTime(job.createdAt),
          ]);
          print(items, table(['id', 'job', 'state', 'note', 'worker', 'created'], rows));
        },
      ),
    );

  leaf(jobs, 'cancel <id>', 'Stop a job', ['jobs cancel 0197f3b2-...']).action(
    withHub(shell, async ({ hub, print }, id: string) => {
      const job = await hub.jobs.cancel({ id });
      print(job, `${job.title}: ${job.state === 'running' ? 'stopping' : job.state}.`);
    }),
  );
}

function describeProgress({ progress }: Job): string {
  if (progress === undefined) return '';
  const { step, totalSteps, phase = '' } = progress;
  return totalSteps === undefined ? phase : `${phase} ${step}/${totalSteps}`.trim();
}
