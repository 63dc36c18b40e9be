import { readFile } from 'node:fs/promises';
import { type HubError, type RepositoryKind, type Terms } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { formatBytes } from '../amounts.ts';
import { type Context, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyFile } from '../every-file.ts';
import { findFiles, sha256Of, uploadFile } from '../local-files.ts';
import { openProgress } from '../progress-line.ts';
import { CliError, describeRefusal, usageError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { parsePath } from '../values.ts';

interface PushOptions {
  model?: boolean;
  create?: boolean;
  visibility?: 'public' | 'gated' | 'private';
  licence?: string;
  terms?: string;
  title?: string;
  message?: string;
  branch: string;
}

export function addPush(program: Command, shell: Shell): void {
  leaf(
    program,
    'push <paths...>',
    'Upload files or folders as one commit; the last argument is namespace/name',
    [
      'push penguins.csv README.md eth/penguins --create --visibility gated --licence CC0-1.0 --terms terms.yaml',
      'push data/ flora/weather --message "Add the readings of May"',
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
    .option('--branch <name>', 'commit to this branch', 'main')
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
  const kind: RepositoryKind = options.model === true ? 'model' : 'dataset';
  const at = { kind, ...parsePath(repository) };
  const files = await findFiles(paths);
  await ensureRepository(context, at, options);

  const present = await presentFiles(context, { ...at, revision: options.branch });
  const line = openProgress(shell, json);
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let done = 0;
  const show = (phase: string): void => line.show({ phase, done, total, unit: 'bytes' });
  const operations: { op: 'add'; path: string; sha256: string }[] = [];
  try {
    for (const file of files) {
      const sha256 = await sha256Of(file.file, shell.signal);
      if (present.get(file.path) === sha256) done += file.sizeBytes;
      else {
        await uploadFile(context, file, sha256, (sizeBytes) => {
          done += sizeBytes;
          show('uploading');
        });
        operations.push({ op: 'add', path: file.path, sha256 });
      }
      show('uploading');
    }
  } finally {
    line.end();
  }
  if (operations.length === 0) {
    print(
      { commit: null, files: 0 },
      `${repository} already holds these ${count(files.length)}: nothing to commit.`,
    );
    return;
  }
  const message = options.message ?? `Add ${operations.map(({ path }) => path).join(', ')}`.slice(0, 200);
  const commit = await hub.repositories.commit({ ...at, branch: options.branch, message, operations });
  print(
    { commit, files: operations.length, sizeBytes: total },
    `Pushed ${count(operations.length)} (${formatBytes(total)}) to ${repository}, commit ${commit.id.slice(0, 8)}.`,
  );
}

const count = (files: number): string => `${files} file${files === 1 ? '' : 's'}`;

type At = { kind: RepositoryKind; namespace: string; name: string };

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
): Promise<ReadonlyMap<string, string>> {
  try {
    const { files } = await everyFile(hub, at);
    return new Map(files.map(({ path, sha256 }) => [path, sha256]));
  } catch (error) {
    // An empty repository or a branch to come has no tree; one whose files we may not read is the commit's to refuse.
    const { code } = describeRefusal(error);
    if (code === ('NOT_FOUND' satisfies HubError['code']) || code === 'CONSENT_NEEDED') return new Map();
    throw error;
  }
}
