import { resolve } from 'node:path';
import type { RepositoryKind } from '@banyan/contract';
import type { Command } from 'commander';
import { type Context, collect, leaf, withHub } from '../command.ts';
import { openProgress } from '../progress-line.ts';
import type { Shell } from '../shell.ts';
import { download } from '../transfer/download.ts';
import { listVersion, selectFiles } from '../transfer/remote-files.ts';
import { spared } from '../transfer/spared.ts';
import { openTargetFolder } from '../transfer/target-folder.ts';
import { parsePath } from '../values.ts';

interface PullOptions {
  model?: boolean;
  revision: string;
  to?: string;
  include?: string[];
  exclude?: string[];
}

export function addPull(program: Command, shell: Shell): void {
  leaf(program, 'pull <repository>', 'Download a version of a dataset or model, verified byte for byte', [
    'pull flora/penguins',
    'pull flora/species --model --revision v1 --to ./species',
    "pull flora/weather --include 'data/*.parquet' --exclude '*-raw*'",
  ])
    .option('--model', 'pull a model instead of a dataset')
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--to <folder>', 'where to (default: the name of the repository)')
    .option('--include <pattern>', 'only files like this; may be repeated', collect)
    .option('--exclude <pattern>', 'no files like this; may be repeated', collect)
    .action(
      withHub(shell, (context, repository: string, options: PullOptions) =>
        pull(context, repository, options),
      ),
    );
}

async function pull(context: Context, repository: string, options: PullOptions): Promise<void> {
  const { hub, json, print, shell } = context;
  const kind: RepositoryKind = options.model === true ? 'model' : 'dataset';
  const { namespace, name } = parsePath(repository);
  const version = await listVersion(hub, { kind, namespace, name, revision: options.revision });
  const { include = [], exclude = [] } = options;
  const files = selectFiles(version.files, { include, exclude });
  const folder = await openTargetFolder(resolve(options.to ?? name));
  const line = openProgress(shell, json);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  let received = 0;
  const listener = {
    onDone(sizeBytes: number) {
      done += sizeBytes;
      line.show({ phase: 'downloading', done, total, unit: 'bytes' });
    },
    onReceived(sizeBytes: number) {
      received += sizeBytes;
    },
  };
  try {
    const remote = { kind, repository, commit: version.commit };
    await download(context, remote, files, folder, listener, shell.signal);
  } finally {
    line.end();
  }
  print(
    {
      folder: folder.path,
      commit: version.commit,
      receivedBytes: received,
      files: files.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes })),
    },
    `Pulled ${files.length} file${files.length === 1 ? '' : 's'} (${spared(total, received, 'received')}) of ${repository} at ${version.commit.slice(0, 8)} to ${folder.path}.`,
  );
}
