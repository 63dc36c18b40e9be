import type { Command } from 'commander';
import { group, leaf, local } from '../command.ts';
import { defined } from '../defined.ts';
import { runEntry } from '../entry.ts';
import { usageError } from '../refusal.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { parseWhole } from '../values.ts';

interface JoinOptions {
  token?: string;
  site?: string;
  name?: string;
  slots?: number;
  home?: string;
}

export function addWorker(program: Command, shell: Shell): void {
  const worker = group(program, 'worker', 'Lend this machine to a hub');

  leaf(worker, 'join [url]', 'Work for a hub until Ctrl-C; needs outbound connections only', [
    'worker join https://commons.example.org --token hf_... --site eth-cluster',
    'worker join                       # the hub you are signed in to',
  ])
    .option('--token <token>', 'of the site (banyan site token NAME), or your own')
    .option('--site <name>', 'the site this machine belongs to')
    .option('--name <name>', 'what to call this worker (default: the host name)')
    .option('--slots <n>', 'jobs at once, deployments included', parseWhole('--slots', 1, 64))
    .option('--home <folder>', 'where inputs are cached (default: ~/.cache/banyan/worker)')
    .action(
      local(shell, async (_context, address: string | undefined, options: JoinOptions) => {
        const saved = address === undefined || options.token === undefined ? openSession(shell) : undefined;
        const [url, token] = [address ?? saved?.url, options.token ?? saved?.token];
        if (url === undefined || token === undefined) throw usageError('A hub and a token are needed.');
        await runEntry(shell, 'packages/worker/src/main.ts', [], {
          BANYAN_WORKER_URL: url,
          BANYAN_WORKER_TOKEN: token,
          ...defined({
            BANYAN_WORKER_SITE: options.site,
            BANYAN_WORKER_NAME: options.name,
            BANYAN_WORKER_SLOTS: options.slots === undefined ? undefined : String(options.slots),
            BANYAN_WORKER_HOME: options.home,
          }),
        });
      }),
    );
}
