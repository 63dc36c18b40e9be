import type { Command } from 'commander';
import { withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { usageError } from '../refusal.ts';
import { fullRevision, type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';

interface RevertOptions extends ModelOption {
  branch: string;
  message?: string;
}

export function addRepoRevert(repo: Command, shell: Shell): void {
  repositoryLeaf(
    repo,
    'revert <repository> <commit>',
    'Undo a commit by a new one; what came after it stays',
    [
      'repo revert eth/penguins 1f3c9a2e',
      'repo revert eth/penguins 1f3c9a2e --branch cleaned --message "Take the wrong units back"',
    ],
  )
    .option('--branch <name>', 'on this branch', 'main')
    .option('-m, --message <text>', 'what the new commit says')
    .action(
      withHub(shell, async ({ hub, print }, path: string, given: string, options: RevertOptions) => {
        const at = repositoryAt(path, options);
        const { branch, message } = options;
        const commit = await fullRevision(hub, at, { revision: given, branch });
        if (!/^[0-9a-f]{40}$/.test(commit))
          throw usageError(
            `"${given}" is no commit of "${branch}".`,
            `Find it by: banyan repo history ${path}${options.model === true ? ' --model' : ''}`,
          );
        const made = await hub.versions.revert(defined({ ...at, branch, commit, message }));
        print(made, `${made.message}: commit ${made.id.slice(0, 8)} on ${branch}.`);
      }),
    );
}
