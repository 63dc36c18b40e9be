import type { Command } from 'commander';
import { withHub } from '../command.ts';
import { type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { parsePath } from '../values.ts';

export function addRepoMove(repo: Command, shell: Shell): void {
  repositoryLeaf(
    repo,
    'move <repository> <to>',
    'Rename, or move to another namespace; the old name leads on',
    ['repo move eth/penguins eth/palmer-penguins', 'repo move flora/species eth/species --model'],
  ).action(
    withHub(shell, async ({ hub, print }, path: string, to: string, options: ModelOption) => {
      const moved = await hub.repositories.move({ ...repositoryAt(path, options), to: parsePath(to) });
      print(moved, `${path} is ${moved.path} now.`);
    }),
  );
}
