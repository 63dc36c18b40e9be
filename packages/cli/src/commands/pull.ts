import { join, resolve } from 'node:path';
import type { RepositoryKind } from '@banyan/contract';
import type { Command } from 'commander';
import { formatBytes } from '../amounts.ts';
import { leaf, withHub } from '../command.ts';
import { everyFile } from '../every-file.ts';
import { downloadFile, sha256Of } from '../local-files.ts';
import { openProgress } from '../progress-line.ts';
import type { Shell } from '../shell.ts';
import { parsePath } from '../values.ts';

export function addPull(program: Command, shell: Shell): void {
  leaf(program, 'pull <repository>', 'Download a version of a dataset or model, verified byte for byte', [
    'pull flora/penguins',
    'pull flora/species --model --revision v1 --to ./species',
  ])
    .option('--model', 'pull a model instead of a dataset')
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--to <folder>', 'where to (default: the name of the repository)')
    .action(
      withHub(
        shell,
        async (context, repository: string, options: { model?: boolean; revision: string; to?: string }) => {
          const { hub, json, print } = context;
          const kind: RepositoryKind = options.model === true ? 'model' : 'dataset';
          const { namespace, name } = parsePath(repository);
          const { commit, files } = await everyFile(hub, {
            kind,
            namespace,
            name,
            revision: options.revision,
          });
          const folder = resolve(options.to ?? name);
          const line = openProgress(shell, json);
          const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
          let done = 0;
          try {
            for (const { path, sha256, sizeBytes } of files) {
              // What is there already with the right bytes is not fetched again.
              const here = await sha256Of(join(folder, path), shell.signal).catch(() => undefined);
              if (here === sha256) done += sizeBytes;
              else
                await downloadFile(
                  context,
                  { kind, repository, revision: commit.id, path, sha256 },
                  folder,
                  (received) => {
                    done += received;
                    line.show({ phase: 'downloading', done, total, unit: 'bytes' });
                  },
                  shell.signal,
                );
            }
          } finally {
            line.end();
          }
          print(
            {
              folder,
              commit: commit.id,
              files: files.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes })),
            },
            `Pulled ${files.length} files (${formatBytes(total)}) of ${repository} at ${commit.id.slice(0, 8)} to ${folder}.`,
          );
        },
      ),
    );
}
