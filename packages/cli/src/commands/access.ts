import type { Grant } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { formatTime } from '../amounts.ts';
import { collect, group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyPage } from '../every-page.ts';
import { usageError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parsePath, parseUntil } from '../values.ts';

const states = ['requested', 'granted', 'denied', 'revoked', 'expired'] as const;

const resourceOf = ({ resource }: Grant): string =>
  resource.kind === 'site' ? `site ${resource.name}` : `${resource.kind} ${resource.path}`;
const sentence = (grant: Grant): string =>
  `${grant.state}: ${grant.subject.kind} ${grant.subject.slug} on ${resourceOf(grant)} (${grant.id})`;

export function addAccess(program: Command, shell: Shell): void {
  const access = group(program, 'access', 'Consent: who may use which dataset, model or site, for what');

  leaf(access, 'request [path]', 'Ask to use a dataset (or --model, or --site) for a project', [
    'access request eth/penguins --project flora --purpose "Compare species across regions" --accept-terms',
    'access request eth/whale-gpt --model --project flora --purpose "Explain its errors" --accept-terms',
    'access request --site eth-cluster --project flora --purpose "Train the survey models" --accept-terms',
  ])
    .option('--model', 'a model instead of a dataset')
    .option('--site <name>', 'ask for compute instead of data')
    .option('--project <slug>', 'on behalf of a project')
    .option('--org <slug>', 'on behalf of an organisation')
    .option('--person <username>', 'on behalf of a person')
    .requiredOption('--purpose <text>', 'what you will do with it')
    .option('--algorithm <name>', 'only with this algorithm (repeatable)', collect)
    .option('--until <date>', 'until this day')
    .option('--accept-terms', 'you have read the terms (banyan dataset show) and accept them')
    .action(
      withHub(shell, async ({ hub, print }, path: string | undefined, options: RequestOptions) => {
        const { purpose, algorithm: algorithms } = options;
        if (options.acceptTerms !== true)
          throw usageError(
            'Accept the terms with --accept-terms.',
            'Read them: banyan dataset show NAMESPACE/NAME, with --model for a model.',
          );
        const until = options.until === undefined ? undefined : parseUntil(options.until);
        const request = {
          resource: resource(path, options),
          subject: subject(options),
          purpose,
          algorithms,
          until,
        };
        const grant = await hub.grants.request({ ...defined(request), acceptTerms: true });
        const next =
          grant.state === 'requested' ? '\nThose who look after it decide; see: banyan access list' : '';
        print(grant, sentence(grant) + next);
      }),
    );

  leaf(access, 'list', 'Grants on what I look after, or that I and my projects hold', [
    'access list --state requested',
    'access list --dataset eth/penguins',
    'access list --model eth/whale-gpt',
  ])
    .option('--dataset <path>', 'on this dataset')
    .option('--model <path>', 'on this model')
    .option('--site <name>', 'on this site')
    .option('--subject <slug>', 'of this person, organisation or project')
    .addOption(new Option('--state <state>', 'only these').choices(states))
    .action(
      withHub(
        shell,
        async (
          { hub, print },
          options: {
            dataset?: string;
            model?: string;
            site?: string;
            subject?: string;
            state?: Grant['state'];
          },
        ) => {
          const { dataset, model, site, subject, state } = options;
          const all = await everyPage((cursor) =>
            hub.grants.list(defined({ ...cursor, dataset, model, site, subject, state })),
          );
          const rows = all.map((grant) => [
            grant.id,
            grant.state,
            resourceOf(grant),
            `${grant.subject.kind} ${grant.subject.slug}`,
            grant.purpose.slice(0, 40),
            grant.until === undefined ? '' : formatTime(grant.until),
          ]);
          print(all, table(['id', 'state', 'resource', 'subject', 'purpose', 'until'], rows));
        },
      ),
    );

  for (const decision of ['grant', 'deny'] as const)
    leaf(access, `${decision} <id>`, decision === 'grant' ? 'Grant a request' : 'Deny a request', [
      `access ${decision} 0197f3b2-... --note "${decision === 'grant' ? 'Welcome' : 'Not this season'}"`,
    ])
      .option('--note <text>', 'a word to those who asked')
      .option('--until <date>', 'until this day')
      .option('--algorithm <name>', 'only with this algorithm (repeatable)', collect)
      .action(
        withHub(
          shell,
          async (
            { hub, print },
            id: string,
            options: { note?: string; until?: string; algorithm?: string[] },
          ) => {
            const { note, algorithm: algorithms } = options;
            const until = options.until === undefined ? undefined : parseUntil(options.until);
            const grant = await hub.grants.decide(defined({ id, decision, note, until, algorithms }));
            print(grant, sentence(grant));
          },
        ),
      );

  leaf(
    access,
    'revoke <id>',
    'Withdraw consent; work that uses it stops, and what waits for it does not start',
    ['access revoke 0197f3b2-...'],
  )
    .option('--note <text>', 'why')
    .action(
      withHub(shell, async ({ hub, print }, id: string, { note }: { note?: string }) => {
        const grant = await hub.grants.revoke(defined({ id, note }));
        print(grant, sentence(grant));
      }),
    );
}

interface RequestOptions {
  model?: boolean;
  site?: string;
  project?: string;
  org?: string;
  person?: string;
  purpose: string;
  algorithm?: string[];
  until?: string;
  acceptTerms?: boolean;
}

function resource(path: string | undefined, { model, site }: RequestOptions): Grant['resource'] {
  const kind = model === true ? 'model' : 'dataset';
  if (path !== undefined && site !== undefined) throw usageError(`Ask for a ${kind} or a --site, not both.`);
  if (site !== undefined) return { kind: 'site', name: site };
  if (path === undefined) throw usageError(`Say which ${kind}, as namespace/name, or which --site.`);
  parsePath(path);
  return { kind, path };
}

function subject({ project, org, person }: RequestOptions): Grant['subject'] {
  const named = [
    { kind: 'project' as const, slug: project },
    { kind: 'organisation' as const, slug: org },
    { kind: 'person' as const, slug: person },
  ].flatMap(({ kind, slug }) => (slug === undefined ? [] : [{ kind, slug }]));
  const [one] = named;
  if (one === undefined || named.length > 1) throw usageError('Name one of --project, --org and --person.');
  return one;
}
