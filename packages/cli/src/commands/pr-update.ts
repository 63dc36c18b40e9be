import { Option } from 'commander';
import { collect, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { ModelOption } from '../repository-argument.ts';
import { type AddConversation, discussionAt, numberedLeaf } from './conversation.ts';

interface UpdateOptions extends ModelOption {
  keep?: 'branch' | 'pull';
  keepBranch?: string[];
  keepPull?: string[];
}

export const addUpdate: AddConversation = (parent, shell, about) => {
  numberedLeaf(parent, about, {
    name: 'update',
    summary: 'Put on top of its branch as it is now:',
    example: ' --keep-pull README.md --keep branch',
  })
    .addOption(
      new Option('--keep <side>', 'whose version to take of each file that both changed').choices([
        'branch',
        'pull',
      ]),
    )
    .option('--keep-branch <path>', "take the branch's version of this file (repeatable)", collect)
    .option('--keep-pull <path>', "take the pull request's version of this file (repeatable)", collect)
    .action(
      withHub(shell, async ({ hub, print }, path: string, number: string, options: UpdateOptions) => {
        const at = discussionAt(path, number, options);
        const { keep, keepBranch = [], keepPull = [] } = options;
        const files = Object.fromEntries([
          ...keepBranch.map((file) => [file, 'branch'] as const),
          ...keepPull.map((file) => [file, 'pull'] as const),
        ]);
        const commit = await hub.discussions.update(defined({ ...at, keep, files }));
        print(commit, `Updated ${path} #${at.number}: ${commit.id.slice(0, 8)}`);
      }),
    );
};
