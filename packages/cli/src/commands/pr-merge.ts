import { withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { ModelOption } from '../repository-argument.ts';
import { type AddConversation, discussionAt, numberedLeaf } from './conversation.ts';

export const addMerge: AddConversation = (parent, shell, about) => {
  numberedLeaf(parent, about, { name: 'merge', summary: 'Merge into its branch' })
    .option('-m, --message <markdown>', 'a word to go with it')
    .action(
      withHub(
        shell,
        async ({ hub, print }, path: string, number: string, options: ModelOption & { message?: string }) => {
          const at = discussionAt(path, number, options);
          const merged = await hub.discussions.merge(defined({ ...at, markdown: options.message }));
          const commit = merged.mergeCommit?.slice(0, 8) ?? '';
          print(merged, `Merged ${path} #${at.number} into ${merged.branch ?? 'main'}: ${commit}`);
        },
      ),
    );
};
