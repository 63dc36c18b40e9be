import type { DiscussionStatus } from '@banyan/contract';
import { Option } from 'commander';
import { formatTime } from '../amounts.ts';
import { withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyPage } from '../every-page.ts';
import { type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import { table } from '../table.ts';
import type { AddConversation } from './conversation.ts';

export const addList: AddConversation = (parent, shell, { kind, group, called }) => {
  const states = kind === 'pull' ? ['draft', 'open', 'closed', 'merged'] : ['open', 'closed'];
  repositoryLeaf(parent, 'list <repository>', `The ${called}s of a dataset or model, newest first`, [
    `${group} list eth/penguins`,
    `${group} list flora/species --model --status open`,
  ])
    .addOption(new Option('--status <status>', 'only these').choices(states))
    .option('--author <username>', 'only those of one person')
    .action(
      withHub(
        shell,
        async (
          { hub, print },
          path: string,
          options: ModelOption & { status?: DiscussionStatus; author?: string },
        ) => {
          const { status, author } = options;
          const at = repositoryAt(path, options);
          const all = await everyPage((cursor) =>
            hub.discussions.list(defined({ ...at, ...cursor, type: kind, status, author })),
          );
          const rows = all.map((item) => [
            String(item.number),
            item.status,
            item.title.slice(0, 60),
            item.author,
            ...(kind === 'pull' ? [item.branch ?? ''] : []),
            String(item.comments),
            formatTime(item.updatedAt),
          ]);
          const into = kind === 'pull' ? ['into'] : [];
          print(all, table(['number', 'status', 'title', 'author', ...into, 'comments', 'updated'], rows));
        },
      ),
    );
};
