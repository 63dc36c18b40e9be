import { withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { ModelOption } from '../repository-argument.ts';
import { type AddConversation, type Conversation, discussionAt, numberedLeaf } from './conversation.ts';

interface Change {
  name: string;
  status: 'open' | 'closed';
  summary: string;
}

const addStatus = (
  parent: Parameters<AddConversation>[0],
  shell: Parameters<AddConversation>[1],
  { about, name, status, summary }: Change & { about: Conversation },
): void => {
  numberedLeaf(parent, about, { name, summary })
    .option('-m, --message <markdown>', 'a word to go with it')
    .action(
      withHub(
        shell,
        async ({ hub, print }, path: string, number: string, options: ModelOption & { message?: string }) => {
          const at = discussionAt(path, number, options);
          const event = await hub.discussions.setStatus(
            defined({ ...at, status, markdown: options.message }),
          );
          print(event, `${path} #${at.number} is ${status} now.`);
        },
      ),
    );
};

export const addClose: AddConversation = (parent, shell, about) =>
  addStatus(parent, shell, { about, name: 'close', status: 'closed', summary: 'Close' });

/** A pull request is a draft first; what was closed opens again by the same words. */
export const addReopen: AddConversation = (parent, shell, about) =>
  addStatus(parent, shell, {
    about,
    ...(about.kind === 'pull'
      ? { name: 'ready', summary: 'Open a draft for review, or open again,' }
      : { name: 'reopen', summary: 'Open again' }),
    status: 'open',
  });
