import { readFile } from 'node:fs/promises';
import type { Commit, FileEntry, HubError, Terms } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { formatBytes } from '../amounts.ts';
import { type Context, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { findFiles, type LocalFile, sha256Of } from '../local-files.ts';
import { openProgress } from '../progress-line.ts';
import { CliError, describeRefusal, usageError } from '../refusal.ts';
import { type At, repositoryAt } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { ChunkedUpload, type UploadListener } from '../transfer/chunked-upload.ts';
import { listVersion } from '../transfer/remote-files.ts';
import { uploadSmallFiles } from '../transfer/small-files.ts';
import { spared } from '../transfer/spared.ts';
import { openXet } from '../transfer/xet-client.ts';

interface PushOptions {
  model?: boolean;
  create?: boolean;
  visibility?: 'public' | 'gated' | 'private';
  licence?: string;
  terms?: string;
  title?: string;
  message?: string;
  branch: string;
  pullRequest?: boolean;
}

export function addPush(program: Command, shell: Shell): void {
  leaf(
    program,
    'push <paths...>',
    'Upload files or folders as one commit; the last argument is namespace/name',
    [
      'push penguins.csv README.md eth/penguins --create --visibility gated --licence CC0-1.0 --terms terms.yaml',
      'push data/ flora/weather --message "Add the readings of May"',
      'push may.csv flora/weather --pull-request --message "Mend the units of May"',
    ],
  )
    .option('--model', 'push to a model instead of a dataset')
    .option('--create', 'make the repository if it does not exist')
    .addOption(
      new Option('--visibility <who>', 'with --create: who sees it').choices(['public', 'gated', 'private']),
    )
    .option('--licence <id>', 'with --create: as CC-BY-4.0')
    .option('--terms <file>', 'with --create: text, or YAML with text, purposes, algorithms, sites')
    .option('--title <title>', 'with --create: its name in full')
    .option('-m, --message <text>', 'what this commit does')
    .option('--branch <name>', 'commit to this branch, or to a pull request: refs/pr/N', 'main')
    .option('--pull-request', 'leave the branch as it is, and open a pull request with this commit')
    .action(
      withHub(shell, async (context, all: string[], options: PushOptions) => {
        const [paths, repository] = [all.slice(0, -1), all.at(-1) ?? ''];
        if (paths.length === 0)
          throw usageError('Say what to push and where.', 'banyan push FILE... namespace/name');
        await push(context, paths, repository, options);
      }),
    );
}

async function push(
  context: Context,
  paths: string[],
  repository: string,
  options: PushOptions,
): Promise<void> {
  const { hub, shell, json, print } = context;
  const at = repositoryAt(repository, options);
  const files = await findFiles(paths);
  // Whoever may read may bring files for a pull request.
  const pullRequest = options.pullRequest === true || options.branch.startsWith('refs/pr/');
  await ensureRepository(context, at, options);

  const line = openProgress(shell, json);
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const moved = { done: 0, sent: 0 };
  const show = (): void => {
    const remark = moved.sent < moved.done ? `${formatBytes(moved.sent)} sent` : undefined;
    line.show({ phase: 'uploading', done: moved.done, total, unit: 'bytes', ...defined({ remark }) });
  };
  const listener = {
    onDone(sizeBytes: number) {
      moved.done += sizeBytes;
      show();
    },
    onSent(sizeBytes: number) {
      moved.sent += sizeBytes;
      show();
    },
  };
  let operations: { op: 'add'; path: string; sha256: string }[];
  try {
    operations = await upload(context, { ...at, revision: options.branch, pullRequest }, files, listener);
  } finally {
    line.end();
  }
  if (operations.length === 0) {
    print(
      { commit: null, files: 0, sentBytes: moved.sent },
      `${repository} already holds these ${count(files.length)}: nothing to commit.`,
    );
    return;
  }
  const message = options.message ?? `Add ${operations.map(({ path }) => path).join(', ')}`.slice(0, 200);
  let commit: Commit | undefined;
  let opened: number | undefined;
  for (let start = 0; start < operations.length; start += operationsPerCommit) {
    const made = await hub.repositories.commit({
      ...at,
      branch: opened === undefined ? options.branch : `refs/pr/${opened}`,
      message,
      operations: operations.slice(start, start + operationsPerCommit),
      pullRequest: options.pullRequest === true && opened === undefined,
    });
    commit = made;
    opened ??= made.pullRequest;
  }
  const where = opened === undefined ? '' : `\nOpened the pull request ${opened} into ${options.branch}.`;
  print(
    {
      commit,
      files: operations.length,
      sizeBytes: total,
      sentBytes: moved.sent,
      ...(opened !== undefined && { pullRequest: opened }),
    },
    `Pushed ${count(operations.length)} (${spared(total, moved.sent, 'sent')}) to ${repository}, commit ${commit?.id.slice(0, 8)}.${where}`,
  );
}

/** The hub takes so many in one commit. */
const operationsPerCommit = 10_000;
/** From this size on, files go by chunks, so that a change sends what changed. */
const chunkedFromBytes = 8 * 1024 * 1024;

/** Brings to the hub what it lacks of the files, and answers which of them a commit has to add. */
async function upload(
  context: Context,
  at: At & { revision: string; pullRequest: boolean },
  files: readonly LocalFile[],
  listener: UploadListener,
): Promise<{ op: 'add'; path: string; sha256: string }[]> {
  const { hub, shell } = context;
  const { signal } = shell;
  const { kind, namespace, name, pullRequest } = at;
  const present = await presentFiles(context, at);
  const has = async (hashes: string[]): Promise<Set<string>> =>
    new Set((await hub.uploads.present({ kind, namespace, name, pullRequest, hashes })).hashes);

  const small = files.filter(({ sizeBytes }) => sizeBytes < chunkedFromBytes);
  const hashes = await uploadSmallFiles(context, small, has, listener, signal);
  const chunked = new ChunkedUpload(
    openXet(context, { kind, namespace, name, pullRequest }, signal),
    listener,
    signal,
  );
  for (const file of files) {
    if (hashes.has(file)) continue;
    signal.throwIfAborted();
    const there = present.get(file.path);
    // Of a file with the same name and size the sha256 is cheaper to find than its chunks.
    if (there?.sizeBytes === file.sizeBytes && (await sha256Of(file.file, signal)) === there.sha256) {
      hashes.set(file, there.sha256);
      listener.onDone(file.sizeBytes);
    } else hashes.set(file, (await chunked.add(file)).sha256);
  }
  await chunked.end();
  return files.flatMap((file) => {
    const sha256 = hashes.get(file)!;
    return present.get(file.path)?.sha256 === sha256 ? [] : [{ op: 'add' as const, path: file.path, sha256 }];
  });
}

const count = (files: number): string => `${files} file${files === 1 ? '' : 's'}`;

async function ensureRepository({ hub, note }: Context, at: At, options: PushOptions): Promise<void> {
  try {
    await hub.repositories.get(at);
    return;
  } catch (error) {
    if (describeRefusal(error).code !== 'NOT_FOUND') throw error;
  }
  const path = `${at.namespace}/${at.name}`;
  if (options.create !== true)
    throw new CliError(`There is no ${at.kind} ${path}, or you may not see it.`, {
      code: 'NOT_FOUND',
      hint: 'Add --create to make it.',
    });
  const terms = options.terms === undefined ? undefined : await readTerms(options.terms);
  const { title, visibility, licence } = options;
  const made = await hub.repositories.create(defined({ ...at, title, visibility, licence, terms }));
  note(`Made the ${made.visibility} ${made.kind} ${made.path}.`);
}

/** Terms are prose, or YAML whose keys are those of the contract. */
async function readTerms(file: string): Promise<Partial<Terms>> {
  const text = await readFile(file, 'utf8');
  if (!/\.(ya?ml|json)$/i.test(file)) return { text };
  const parsed: unknown = parseYaml(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw usageError(`${file} holds no terms.`, 'Write the keys text, purposes, algorithms, sites.');
  return parsed;
}

async function presentFiles(
  { hub }: Context,
  at: At & { revision: string },
): Promise<ReadonlyMap<string, FileEntry>> {
  try {
    const { files } = await listVersion(hub, at);
    return new Map(files.map((file) => [file.path, file]));
  } catch (error) {
    // An empty repository or a branch to come has no tree; one whose files we may not read is the commit's to refuse.
    const { code } = describeRefusal(error);
    if (code === ('NOT_FOUND' satisfies HubError['code']) || code === 'CONSENT_NEEDED') return new Map();
    throw error;
  }
}
