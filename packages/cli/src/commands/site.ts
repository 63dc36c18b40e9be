import type { JobKind, SitePolicy } from '@banyan/contract';
import { jobKinds } from '@banyan/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { formatBytes, formatTime } from '../amounts.ts';
import { collect, group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyPage } from '../every-page.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parseWhole } from '../values.ts';

interface PolicyOptions {
  namespace?: string[];
  kind?: JobKind[];
  maxHours?: number;
}

export function addSite(program: Command, shell: Shell): void {
  const site = group(program, 'site', 'Sites: compute that an institution lends');

  policyOptions(
    leaf(site, 'create <name>', "Lend an organisation's compute", [
      'site create eth-cluster --org eth --namespace flora --max-hours 12',
    ])
      .requiredOption('--org <slug>', 'whose compute it is')
      .option('--title <title>', 'its name in full', ''),
  ).action(
    withHub(
      shell,
      async ({ hub, print }, name: string, options: PolicyOptions & { org: string; title: string }) => {
        const { org: organisation, title } = options;
        const made = await hub.sites.create({ name, organisation, title, policy: policy(options) });
        print(made, `Made the site ${name}. Get a token for its workers: banyan site token ${name}`);
      },
    ),
  );

  leaf(site, 'list', 'Sites and their workers', ['site list']).action(
    withHub(shell, async ({ hub, print }) => {
      const all = await everyPage((cursor) => hub.sites.list(cursor));
      const rows = all.flatMap(({ name, organisation = '', workers }) =>
        workers.length === 0
          ? [[name, organisation, 'no worker yet', '', '', '', '']]
          : workers.map((worker) => [
              name,
              organisation,
              worker.name,
              worker.state,
              `${worker.host.cores} cores, ${formatBytes(worker.host.memoryBytes)}`,
              worker.jobs.map((job) => job.title).join('; '),
              formatTime(worker.lastSeenAt),
            ]),
      );
      print(
        all,
        table(['site', 'organisation', 'worker', 'state', 'machine', 'works on', 'last seen'], rows),
      );
    }),
  );

  leaf(site, 'token <name>', 'A token with which workers join this site; shown once', [
    'site token eth-cluster --days 90',
  ])
    .option('--days <n>', 'until it expires', parseWhole('--days', 1, 3650))
    .action(
      withHub(shell, async ({ hub, url, print }, name: string, { days }: { days?: number }) => {
        const made = await hub.sites.createToken(defined({ name, expiresInDays: days }));
        const join = `banyan worker join ${url} --token ${made.token} --site ${name}`;
        print(made, `${made.token}\nShown this once. On the machine that lends its compute:\n  ${join}`);
      }),
    );

  policyOptions(
    leaf(site, 'policy <name>', "Show a site's rules, or set them (all at once)", [
      'site policy eth-cluster',
      'site policy eth-cluster --namespace flora --kind train --kind evaluate --max-hours 12',
      'site policy eth-cluster --open',
    ]).option('--open', 'no limits'),
  ).action(
    withHub(shell, async ({ hub, print }, name: string, options: PolicyOptions & { open?: boolean }) => {
      const wanted = policy(options);
      const change = options.open === true || Object.keys(wanted).length > 0;
      const found = change ? await hub.sites.update({ name, policy: wanted }) : await hub.sites.get({ name });
      const { namespaces, kinds, maxJobHours } = found.policy;
      const rows = [
        ['whose jobs', namespaces?.join(', ') ?? 'any that a grant or membership allows'],
        ['kinds of jobs', kinds?.join(', ') ?? 'any'],
        ['hours a job', maxJobHours === undefined ? 'no limit' : String(maxJobHours)],
      ];
      print(found.policy, table(['rule', 'value'], rows));
    }),
  );
}

const policyOptions = (command: Command): Command =>
  command
    .option('--namespace <slug>', 'whose jobs may run (repeatable; default: any)', collect)
    .option('--kind <kind>', `${jobKinds.join(', ')} (repeatable; default: any)`, collectKind)
    .option('--max-hours <hours>', 'the longest a job may run', parseWhole('--max-hours', 1, 720));

function collectKind(text: string, before: JobKind[] = []): JobKind[] {
  const kind = jobKinds.find((known) => known === text);
  if (kind === undefined) throw new InvalidArgumentError(`Allowed are ${jobKinds.join(', ')}.`);
  return [...before, kind];
}

const policy = ({ namespace, kind, maxHours }: PolicyOptions): SitePolicy =>
  defined({ namespaces: namespace, kinds: kind, maxJobHours: maxHours });
