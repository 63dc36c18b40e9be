import type { Command } from 'commander';
import { withHub } from '../command.ts';
import { usageError } from '../refusal.ts';
import { fullRevision, type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';

interface BranchOptions extends ModelOption {
  from: string;
  empty?: boolean;
  overwrite?: boolean;
  delete?: boolean;
}

export function addRepoBranch(repo: Command, shell: Shell): void {
  repositoryLeaf(repo, 'branch <repository> [name]', 'List branches; make or delete one', [
    'repo branch eth/penguins',
    'repo branch eth/penguins cleaned --from v1',
    'repo branch eth/penguins cleaned --delete',
  ])
    .option('--from <revision>', 'where a new one starts', 'main')
    .option('--empty', 'start without files and history')
    .option('--overwrite', 'move a branch of this name')
    .option('--delete', 'delete it; its commits stay readable')
    .action(
      withHub(
        shell,
        async ({ hub, print }, path: string, branch: string | undefined, options: BranchOptions) => {
          const at = repositoryAt(path, options);
          if (branch === undefined) {
            if (options.delete === true) throw usageError('Say which branch to delete.');
            const branches = (await hub.repositories.refs(at)).filter(({ kind }) => kind === 'branch');
            const rows = branches.map(({ name, commit }) => [name, commit.slice(0, 8)]);
            print(branches, table(['branch', 'commit'], rows));
            return;
          }
          if (options.delete === true) {
            await hub.versions.removeBranch({ ...at, branch });
            print({ branch, deleted: true }, `Deleted the branch ${branch}.`);
            return;
          }
          const revision = await fullRevision(hub, at, { revision: options.from });
          const { empty = false, overwrite = false } = options;
          const { commit } = await hub.versions.createBranch({ ...at, branch, revision, empty, overwrite });
          print({ branch, commit }, `The branch ${branch} of ${path} is at ${commit.slice(0, 8)}.`);
        },
      ),
    );
}
