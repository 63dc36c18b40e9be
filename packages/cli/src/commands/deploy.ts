import type { Deployment } from '@banyan/contract';
import type { Command } from 'commander';
import { type Context, group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyPage } from '../every-page.ts';
import { patiently, pause } from '../follow.ts';
import { openProgress } from '../progress-line.ts';
import { CliError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { facts, table } from '../table.ts';
import { parsePath } from '../values.ts';

interface DeployOptions {
  name?: string;
  revision: string;
  project?: string;
  site?: string;
  public?: boolean;
  follow: boolean;
}

export function addDeploy(program: Command, shell: Shell): void {
  leaf(program, 'deploy <model>', 'Serve a model version behind an address', [
    'deploy flora/species',
    'deploy flora/species --name species --revision v1 --public',
  ])
    .option('--name <name>', 'in addresses (default: the path with "-" for "/")')
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--project <slug>', "default: the model's namespace")
    .option('--site <name>', 'serve at this site alone')
    .option('--public', 'anybody on the hub may call it (default: the project)')
    .option('--no-follow', 'return before it is ready')
    .action(
      withHub(shell, async (context, model: string, options: DeployOptions) => {
        parsePath(model);
        const { name, revision, project, site } = options;
        const visibility = options.public === true ? 'public' : 'project';
        const made = await context.hub.deployments.create(
          defined({ model, revision, name, project, visibility, site }),
        );
        const ready = options.follow ? await waitUntilReady(context, made) : made;
        context.print(ready, describeDeployment(ready));
      }),
    );

  const deployments = group(program, 'deployments', 'Models that are served');

  leaf(deployments, 'list', 'Deployments I may call', ['deployments list --project flora'])
    .option('--project <slug>', 'of this project')
    .action(
      withHub(shell, async ({ hub, print }, { project }: { project?: string }) => {
        const all = await everyPage((cursor) => hub.deployments.list(defined({ ...cursor, project })));
        const rows = all.map((item) => [
          item.name,
          item.model,
          item.state,
          item.visibility,
          `${item.requests}`,
        ]);
        print(all, table(['name', 'model', 'state', 'visibility', 'requests'], rows));
      }),
    );

  leaf(deployments, 'stop <name>', 'Stop serving', ['deployments stop flora-species']).action(
    withHub(shell, async ({ hub, print }, name: string) => {
      const stopped = await hub.deployments.stop({ name });
      print(stopped, `${stopped.name} is ${stopped.state}.`);
    }),
  );
}

async function waitUntilReady({ hub, shell, json }: Context, made: Deployment): Promise<Deployment> {
  const line = openProgress(shell, json);
  try {
    for (let now = made; ; now = await patiently(() => hub.deployments.get({ name: made.name }))) {
      if (now.state === 'ready') return now;
      if (now.state !== 'starting')
        throw new CliError(`${now.name} ${now.state}: ${now.message ?? 'no reason was given'}`, {
          code: 'FAILED',
        });
      line.show({
        phase: `starting ${now.name}${now.message ? `: ${now.message}` : ''}`,
        done: 0,
        unit: 'steps',
      });
      await pause(shell.signal, `${now.name} goes on starting: banyan deployments list`);
    }
  } finally {
    line.end();
  }
}

function describeDeployment(deployment: Deployment): string {
  const { name, model, state, addresses } = deployment;
  const call =
    addresses.completions === undefined
      ? `banyan predict ${name} --row '{...}'`
      : `banyan generate ${name} "..."`;
  return facts({
    deployment: `${name} serves ${model} (${state})`,
    predict: addresses.predict,
    infer: addresses.infer,
    chat: addresses.chat,
    completions: addresses.completions,
    try: call,
  });
}
