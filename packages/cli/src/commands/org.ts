import type { Command } from 'commander';
import { Option } from 'commander';
import { group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyPage } from '../every-page.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';

const kinds = ['university', 'company', 'public-lab', 'other'] as const;

export function addOrg(program: Command, shell: Shell): void {
  const org = group(program, 'org', 'Organisations: the institutions people belong to');

  leaf(org, 'create <slug>', 'Found an organisation; you become its owner', [
    'org create eth --title "ETH Zürich" --kind university --country CH',
  ])
    .requiredOption('--title <title>', 'its name in full')
    .addOption(new Option('--kind <kind>', 'what it is').choices(kinds).default('other'))
    .option('--country <code>', 'two letters, as CH or KE')
    .option('--homepage <url>', 'its web address')
    .action(
      withHub(
        shell,
        async (
          { hub, print },
          slug: string,
          options: { title: string; kind: (typeof kinds)[number]; country?: string; homepage?: string },
        ) => {
          const { title, kind, country, homepage } = options;
          const made = await hub.organisations.create(defined({ slug, title, kind, country, homepage }));
          print(made, `Made the organisation ${made.slug}. You are its owner.`);
        },
      ),
    );

  leaf(org, 'list', 'Organisations of this hub', ['org list']).action(
    withHub(shell, async ({ hub, print }) => {
      const all = await everyPage((cursor) => hub.organisations.list(cursor));
      print(
        all,
        table(
          ['name', 'title', 'kind', 'country', 'members', 'my role'],
          all.map((item) => [
            item.slug,
            item.title,
            item.kind,
            item.country ?? '',
            `${item.members}`,
            item.myRole ?? '',
          ]),
        ),
      );
    }),
  );
}
