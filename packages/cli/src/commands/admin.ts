import type { Command } from 'commander';
import { formatBytes } from '../amounts.ts';
import { group, leaf, local, withHub } from '../command.ts';
import { runBootstrapped, runEntry } from '../entry.ts';
import type { Shell } from '../shell.ts';
import { facts } from '../table.ts';

export function addAdmin(program: Command, shell: Shell): void {
  const admin = group(program, 'admin', 'For those who run the hub');

  leaf(
    admin,
    'token <name>',
    "On the hub's machine: print a new token, called <name>, of an owner of the hub",
    ['admin token laptop'],
  ).action(
    local(shell, async ({ json }, name: string) => {
      await runEntry(shell, 'packages/hub/src/admin.ts', ['token', name, ...(json ? ['--json'] : [])], {});
    }),
  );

  leaf(admin, 'collect', 'Delete now what nothing refers to any more, after its time of grace', [
    'admin collect                        # BANYAN_GARBAGE_HOURS of the hub: the time of grace',
  ]).action(
    withHub(shell, async ({ hub, print }) => {
      const found = await hub.system.collect();
      const counts = facts({
        files: found.files,
        'packs of chunks': found.chunkPacks,
        'unfinished uploads': found.uploads,
        'left by a crash': found.strays,
      });
      print(found, `Freed ${formatBytes(found.freedBytes)}.\n${counts}`);
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
