import { withHub } from '../command.ts';
import type { ModelOption } from '../repository-argument.ts';
import { type AddConversation, discussionAt, numberedLeaf } from './conversation.ts';

export const addComment: AddConversation = (parent, shell, about) => {
  numberedLeaf(parent, about, {
    name: 'comment',
    rest: ' <markdown>',
    summary: 'Say something in',
    example: ' "Thank you; one question about the units"',
  }).action(
    withHub(
      shell,
      async ({ hub, print }, path: string, number: string, markdown: string, options: ModelOption) => {
        const at = discussionAt(path, number, options);
        print(await hub.discussions.comment({ ...at, markdown }), `Said in ${path} #${at.number}.`);
      },
    ),
  );
};
