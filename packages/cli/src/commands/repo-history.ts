import type { Commit } from '@banyan/contract';
import type { Command } from 'commander';
import { formatTime } from '../amounts.ts';
import { withHub } from '../command.ts';
import { fullRevision, type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parseWhole } from '../values.ts';

/** The hub answers with so many at once. */
const pageCommits = 200;

export function addRepoHistory(repo: Command, shell: Shell): void {
  repositoryLeaf(repo, 'history <repository>', 'Commits, newest first', [
    'repo history eth/penguins',
    'repo history flora/species --model --revision v1 --limit 200',
  ])
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--limit <commits>', 'at most so many', parseWhole('--limit', 1, 100_000), 30)
    .action(
      withHub(
        shell,
        async ({ hub, print }, path: string, options: ModelOption & { revision: string; limit: number }) => {
          const at = repositoryAt(path, options);
          const revision = await fullRevision(hub, at, options);
          const commits: Commit[] = [];
          let cursor: string | undefined;
          do {
            const limit = Math.min(pageCommits, options.limit - commits.length);
            const page = await hub.repositories.history({
              ...at,
              revision,
              limit,
              ...(cursor !== undefined && { cursor }),
            });
            commits.push(...page.items);
            cursor = page.nextCursor;
          } while (cursor !== undefined && commits.length < options.limit);
          const refs = await hub.repositories.refs(at);
          const rows = commits.map(({ id, createdAt, author, message }) => [
            id.slice(0, 8),
            formatTime(createdAt),
            author,
            (message.split('\n')[0] ?? '').slice(0, 72),
            refs
              .filter(({ commit }) => commit === id)
              .map(({ name }) => name)
              .join(', '),
          ]);
          const more = cursor === undefined ? '' : '\nThere are older ones: --limit';
          print(commits, table(['commit', 'when', 'author', 'message', 'names'], rows) + more);
        },
      ),
    );
}
