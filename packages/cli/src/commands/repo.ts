import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Shell } from '../shell.ts';
import { addRepoBranch } from './repo-branch.ts';
import { addRepoDiff } from './repo-diff.ts';
import { addRepoHistory } from './repo-history.ts';
import { addRepoMove } from './repo-move.ts';
import { addRepoRevert } from './repo-revert.ts';
import { addRepoTag } from './repo-tag.ts';

export function addRepo(program: Command, shell: Shell): void {
  const repo = group(program, 'repo', 'Versions of a dataset or model: history, differences, branches, tags');
  addRepoHistory(repo, shell);
  addRepoDiff(repo, shell);
  addRepoRevert(repo, shell);
  addRepoBranch(repo, shell);
  addRepoTag(repo, shell);
  addRepoMove(repo, shell);
}
