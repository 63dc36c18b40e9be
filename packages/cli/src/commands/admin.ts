import type { Command } from 'commander';
import { group, leaf, local } from '../command.ts';
import { runBootstrapped, runEntry } from '../entry.ts';
import type { Shell } from '../shell.ts';

export function addAdmin(program: Command, shell: Shell): void {
  const admin = group(program, 'admin', "For those who run the hub, on the hub's machine");

  leaf(admin, 'token <name>', 'Print a new token, called <name>, of an owner of the hub', [
    'admin token laptop',
  ]).action(
    local(shell, async ({ json }, name: string) => {
      await runEntry(shell, 'packages/hub/src/admin.ts', ['token', name, ...(json ? ['--json'] : [])], {});
    }),
  );

  leaf(program, 'start', 'Run the hub with its web app and a local worker until Ctrl-C', [
    'start',
    'BANYAN_PORT=9000 banyan start        # BANYAN_HOST, BANYAN_HOME, BANYAN_PUBLIC_URL, DATABASE_URL',
  ]).action(
    local(shell, async () => {
      await runBootstrapped(shell, 'packages/hub/src/main.ts');
    }),
  );
}
