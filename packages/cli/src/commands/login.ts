import { createHubClient } from '@banyan/contract';
import type { Command } from 'commander';
import { leaf, local, withHub } from '../command.ts';
import { usageError } from '../refusal.ts';
import { forgetLogin, saveLogin } from '../session.ts';
import type { Shell } from '../shell.ts';
import { facts } from '../table.ts';

export function addLogin(program: Command, shell: Shell): void {
  leaf(program, 'login <url>', 'Sign in to a hub and remember it', [
    'login http://127.0.0.1:8686 --token hf_...',
    'login https://commons.example.org        # with BANYAN_TOKEN set',
  ])
    .option('--token <token>', 'an access token from your profile page (default: BANYAN_TOKEN)')
    .action(
      local(shell, async ({ print }, address: string, options: { token?: string }) => {
        const token = options.token ?? shell.environment['BANYAN_TOKEN'];
        if (token === undefined)
          throw usageError(
            'A token is needed.',
            'Make one in the web app under your profile, then add --token hf_...',
          );
        if (!URL.canParse(address) || !/^https?:/.test(address))
          throw usageError(`"${address}" is not a hub's address.`, 'Write it as http://127.0.0.1:8686.');
        const url = address.replace(/\/+$/, '');
        const { person } = await createHubClient({ url, token }).people.me();
        const file = saveLogin(shell.environment, url, token);
        print(
          { url, username: person.username, file },
          `Signed in to ${url} as ${person.username}. Saved in ${file}.`,
        );
      }),
    );

  leaf(program, 'logout', 'Forget the saved sign-in', ['logout']).action(
    local(shell, async ({ print }) => {
      forgetLogin(shell.environment);
      print({}, 'Signed out on this machine. The token itself still works until you revoke it.');
    }),
  );

  leaf(program, 'whoami', 'Who I am, and where I belong', ['whoami', 'whoami --json']).action(
    withHub(shell, async ({ hub, url, print }) => {
      const me = await hub.people.me();
      const places = me.memberships.map(
        ({ namespace, kind, role }) => `${namespace} (${role} of this ${kind})`,
      );
      print(
        { url, ...me },
        facts({
          person: `${me.person.username} (${me.person.name})`,
          hub: url,
          owner: me.person.administrator ? 'of this hub' : undefined,
          member: places.join(', ') || 'of nothing yet',
        }),
      );
    }),
  );
}
