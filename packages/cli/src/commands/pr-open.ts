import { withHub } from '../command.ts';
import { type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { AddConversation } from './conversation.ts';

interface OpenOptions extends ModelOption {
  title: string;
  message?: string;
  branch?: string;
}

export const addOpen: AddConversation = (parent, shell, { kind, group, called }) => {
  const pull = kind === 'pull';
  const command = repositoryLeaf(
    parent,
    'open <repository>',
    pull ? 'Open a pull request, a draft that files are pushed to' : 'Open a discussion',
    [
      `${group} open eth/penguins --title "${pull ? 'Mend the units of May' : 'Which year is this?'}"`,
      ...(pull ? ['push may.csv eth/penguins --pull-request   # opens one with its first commit'] : []),
    ],
  )
    .requiredOption('--title <title>', 'in one line')
    .option('-m, --message <markdown>', 'what there is to say');
  if (pull) command.option('--branch <name>', 'the branch it is for', 'main');
  command.action(
    withHub(shell, async ({ hub, print }, path: string, options: OpenOptions) => {
      const { title, message = '', branch = 'main' } = options;
      const at = repositoryAt(path, options);
      const opened = await hub.discussions.open({
        ...at,
        title,
        markdown: message,
        branch,
        pullRequest: pull,
      });
      const { number } = opened;
      const model = options.model === true ? ' --model' : '';
      const next = `\nPush to it:  banyan push FILES ${path}${model} --branch refs/pr/${number}\nThen:        banyan pr ready ${path} ${number}${model}`;
      print(opened, `Opened the ${called} ${number}: ${opened.title}${pull ? next : ''}`);
    }),
  );
};
