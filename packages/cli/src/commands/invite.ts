import { type Role, roles } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { formatTime } from '../amounts.ts';
import { leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { Shell } from '../shell.ts';
import { parseWhole } from '../values.ts';

export function addInvite(program: Command, shell: Shell): void {
  leaf(
    program,
    'invite [namespace]',
    'Make a link with which somebody signs up, into a namespace if you name one',
    ['invite flora --role contributor', 'invite'],
  )
    .addOption(new Option('--role <role>', 'their role in the namespace').choices(roles))
    .option('--days <n>', 'how long the link works', parseWhole('--days', 1, 30), 7)
    .action(
      withHub(
        shell,
        async ({ hub, print }, namespace: string | undefined, options: { role?: Role; days: number }) => {
          const role = options.role ?? (namespace === undefined ? undefined : 'contributor');
          const made = await hub.people.invite(defined({ namespace, role, days: options.days }));
          print(made, `${made.url}\nWorks once, until ${formatTime(made.expiresAt)}. Send it to one person.`);
        },
      ),
    );
}
