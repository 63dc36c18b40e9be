import type { FileChange } from '@banyan/contract';
import type { Command } from 'commander';
import { type Context, withHub } from '../command.ts';
import { coloured, showFiles, showLines, showTableChange } from '../difference.ts';
import {
  type At,
  fullRevision,
  type ModelOption,
  repositoryAt,
  repositoryLeaf,
} from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { printable } from '../table.ts';
import { parseWhole } from '../values.ts';

interface DiffOptions extends ModelOption {
  file?: string;
  limit: number;
}

/** The hub answers with so many files at once. */
const pageFiles = 1000;

export function addRepoDiff(repo: Command, shell: Shell): void {
  repositoryLeaf(repo, 'diff <repository> [from] [to]', 'What changed from one version to another', [
    'repo diff eth/penguins                      # what the newest commit changed',
    'repo diff eth/penguins v1                   # from v1 to main',
    'repo diff eth/penguins v1 v2 --file README.md',
  ])
    .option('--file <path>', 'the lines in which this text file differs')
    .option('--limit <files>', 'files to show, at most', parseWhole('--limit', 1, 1_000_000), 100)
    .action(
      withHub(
        shell,
        async (context, path: string, first: string | undefined, second: string, options: DiffOptions) => {
          const { hub } = context;
          const at = repositoryAt(path, options);
          const named = async (revision: string) => fullRevision(hub, at, { revision });
          const to = await named(second ?? 'main');
          const between = { ...at, to, ...(first !== undefined && { from: await named(first) }) };
          await (options.file === undefined
            ? printFiles(context, between, options.limit)
            : printFile(context, between, options.file));
        },
      ),
    );
}

type Between = At & { from?: string; to: string };

/** The files in which two versions differ, the first `limit` of them. */
export async function changedFiles({ hub }: Pick<Context, 'hub'>, between: Between, limit: number) {
  const { nextCursor, ...first } = await hub.versions.diff({ ...between, limit: Math.min(limit, pageFiles) });
  const files: FileChange[] = first.files;
  let cursor = nextCursor;
  while (cursor !== undefined && files.length < limit) {
    const page = await hub.versions.diff({
      ...between,
      limit: Math.min(limit - files.length, pageFiles),
      cursor,
    });
    files.push(...page.files);
    cursor = page.nextCursor;
  }
  return { ...first, files, more: cursor !== undefined };
}

async function printFiles(context: Context, between: Between, limit: number): Promise<void> {
  const found = await changedFiles(context, between, limit);
  const { from, to, files, table, more } = found;
  const [was, is] = [from?.id.slice(0, 8) ?? 'nothing', to.id.slice(0, 8)];
  context.print(
    found,
    [
      printable(`${was} to ${is}: ${to.message.split('\n')[0] ?? ''} (${to.author})`),
      showFiles(files) + (more ? '\nThere are more: --limit' : ''),
      ...(table === undefined ? [] : [showTableChange(table)]),
    ].join('\n\n'),
  );
}

async function printFile({ hub, shell, print }: Context, between: Between, path: string): Promise<void> {
  const found = await hub.versions.textDiff({ ...between, path });
  const text =
    found.diff === undefined
      ? `${path} is no text, or too large to compare line by line.`
      : found.added + found.removed === 0
        ? `${path} is the same in both.`
        : showLines(found.diff, coloured(shell));
  print(found, text);
}
