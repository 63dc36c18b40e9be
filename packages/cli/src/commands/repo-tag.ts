import type { Command } from 'commander';
import { withHub } from '../command.ts';
import { usageError } from '../refusal.ts';
import { fullRevision, type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';

interface TagOptions extends ModelOption {
  revision: string;
  delete?: boolean;
}

export function addRepoTag(repo: Command, shell: Shell): void {
  repositoryLeaf(repo, 'tag <repository> [name]', 'List tags; name a version for good, or delete its name', [
    'repo tag eth/penguins',
    'repo tag eth/penguins v1 --revision 1f3c9a2e',
    'repo tag eth/penguins v1 --delete',
  ])
    .option('--revision <revision>', 'the version to name', 'main')
    .option('--delete', 'delete the tag; the version stays readable')
    .action(
      withHub(shell, async ({ hub, print }, path: string, tag: string | undefined, options: TagOptions) => {
        const at = repositoryAt(path, options);
        if (tag === undefined) {
          if (options.delete === true) throw usageError('Say which tag to delete.');
          const tags = (await hub.repositories.refs(at)).filter(({ kind }) => kind === 'tag');
          const rows = tags.map(({ name, commit }) => [name, commit.slice(0, 8)]);
          print(tags, table(['tag', 'commit'], rows));
          return;
        }
        if (options.delete === true) {
          await hub.versions.removeTag({ ...at, tag });
          print({ tag, deleted: true }, `Deleted the tag ${tag}.`);
          return;
        }
        const revision = await fullRevision(hub, at, options);
        await hub.repositories.tag({ ...at, tag, revision });
        print({ tag, revision }, `${path} at ${revision} is ${tag} from now on.`);
      }),
    );
}
