import { Readable } from 'node:stream';
import { branchName, filePath, HubError, type Operation, pullRef, sha256 } from '@banyan/contract';
import { z } from 'zod';
import { sizesOf, upload, uploadedBy } from '../../blobs/blobs.ts';
import { readInput } from '../../blobs/input.ts';
import { uploadSmall } from '../../blobs/small.ts';
import type { Context, Person } from '../../context.ts';
import { signedIn } from '../../policy.ts';
import { commitFiles } from '../../repositories/commits.ts';
import { mainBranch } from '../../repositories/versions.ts';
import { type Address, open, urlOf } from './addresses.ts';
import { flag, isProposal, withoutSlashes } from './inputs.ts';
import { decodeBase64, type Line, readLines } from './ndjson.ts';
import { findRevisionIfAny } from './revisions.ts';

/** One request may change so many files. Clients send at most some hundreds; nobody needs more than this at once. */
const maxOperations = 100_000;
/** Small files are stored together: so many, or so many bytes, at once. */
const togetherFiles = 500;
const togetherBytes = 16 << 20;

const header = z.object({
  summary: z.string().min(1).max(2000),
  description: z.string().max(60_000).nullish(),
  parentCommit: z.string().max(120).nullish(),
});
const file = z.object({
  path: filePath,
  content: z.string(),
  encoding: z.enum(['base64', 'utf-8']).default('base64'),
  oldPath: filePath.nullish(),
});
const lfsFile = z.object({
  path: filePath,
  algo: z.literal('sha256').default('sha256'),
  oid: sha256,
  size: z.number().int().nonnegative().nullish(),
  oldPath: filePath.nullish(),
});
const folder = z.string().transform(withoutSlashes).pipe(filePath);
const entry = z.discriminatedUnion('key', [
  z.object({ key: z.literal('header'), value: header }),
  z.object({ key: z.literal('file'), value: file }),
  z.object({ key: z.literal('lfsFile'), value: lfsFile }),
  z.object({ key: z.literal('deletedFile'), value: z.object({ path: filePath }) }),
  z.object({ key: z.literal('deletedFolder'), value: z.object({ path: folder }) }),
  z.object({ key: z.literal('deletedEntry'), value: z.object({ path: filePath }) }),
]);

/** What one can commit to. */
const target = z
  .string()
  .transform((name) => (name === 'HEAD' ? mainBranch : name.replace(/^refs\/heads\//, '')))
  .pipe(z.union([branchName, pullRef], 'commit to a branch or to refs/pr/N'));

/** Takes a commit. Throws CONFLICT with the field `parent` (412 in their protocol) when it was built on an older head. */
export async function receiveCommit(ctx: Context, address: Address, query: unknown, body: Readable) {
  const { create_pr: pullRequest } = readInput(z.object({ create_pr: flag }), query);
  const branch = readInput(target, address['*'], 'revision');
  // What they may not do is told before they send it.
  const { repository } = await open(ctx, address, isProposal(address, query) ? 'read' : 'write');
  await findRevisionIfAny(ctx, repository, branch);
  const at = { kind: repository.kind, namespace: repository.namespace, name: repository.name };
  const lines = readLines(body);
  try {
    const { summary, description, parentCommit } = await readHeader(lines);
    const commit = await commitFiles(ctx, at, {
      branch,
      parent: parentCommit ?? undefined,
      message: summary,
      description: description == null || description === '' ? undefined : description,
      operations: readOperations(ctx, signedIn(ctx, 'write'), lines),
      pullRequest,
    });
    return presentCommit(urlOf(ctx.config, at), commit);
  } finally {
    await lines.return(undefined);
  }
}

const presentCommit = (url: string, commit: { id: string; pullRequest?: number }) => ({
  success: true,
  commitOid: commit.id,
  commitUrl: `${url}/commit/${commit.id}`,
  hookOutput: '',
  ...(commit.pullRequest !== undefined && { pullRequestUrl: `${url}/discussions/${commit.pullRequest}` }),
});

/** The first line. The others follow: see `readOperations`. */
async function readHeader(lines: AsyncGenerator<Line>): Promise<z.infer<typeof header>> {
  const first = await lines.next();
  const start = first.done === true ? undefined : parse(first.value.text, 1);
  if (start?.key === 'header') return start.value;
  throw new HubError('BAD_INPUT', 'The first line of a commit must be its header.', { field: 'header' });
}

/**
 * The changes of a commit as Hugging Face's clients send it: a line of JSON each, with the content of regular files in
 * base64. Contents go to the blob store as they arrive, many small ones together; what is left in memory is the list of
 * changes. Throws BAD_INPUT with the number of the line, TOO_LARGE.
 */
async function* readOperations(
  ctx: Context,
  me: Person,
  lines: AsyncGenerator<Line>,
): AsyncGenerator<Operation> {
  let storing: Promise<Operation[]> = Promise.resolve([]);
  let waiting: Waiting[] = [];
  let bytes = 0;
  let number = 1;
  /** Stores what waits, and gives what was stored before: one batch is written while the next is read. */
  const next = async (): Promise<Operation[]> => {
    const [batch, before] = [waiting, storing];
    [waiting, bytes] = [[], 0];
    const done = await before;
    storing = store(ctx, me, batch);
    storing.catch(() => {});
    return done;
  };
  for await (const line of lines) {
    number += 1;
    if (number - 1 > maxOperations)
      throw new HubError('TOO_LARGE', `One commit may change ${maxOperations} files. Make several.`);
    const change = await readChange(ctx, me, line, number);
    waiting.push(...change);
    for (const { content } of change) bytes += content?.length ?? 0;
    if (waiting.length >= togetherFiles || bytes >= togetherBytes) yield* await next();
  }
  yield* await next();
  yield* await next();
}

/** A change, with what it brings along when that is not stored yet; `announced` is the size that an LFS file must have. */
interface Waiting {
  operation: Operation;
  content?: Buffer;
  announced?: number;
}

async function readChange(ctx: Context, me: Person, line: Line, number: number): Promise<Waiting[]> {
  const stored = line.content && (await upload(ctx, me.id, Readable.from(line.content.bytes)));
  const change = parse(line.content ? await line.content.rest() : line.text, number);
  const moved = 'oldPath' in change.value ? change.value.oldPath : undefined;
  const gone: Waiting[] = moved ? [{ operation: { op: 'delete', path: moved } }] : [];
  switch (change.key) {
    case 'header':
      throw new HubError('BAD_INPUT', `Line ${number}: a commit has one header.`);
    case 'file': {
      const { path, content, encoding } = change.value;
      if (stored && encoding !== 'base64')
        throw new HubError('BAD_INPUT', `Line ${number}: a file of this size must be in base64.`);
      if (stored) return [...gone, { operation: { op: 'add', path, sha256: stored.sha256 } }];
      const bytes = encoding === 'base64' ? decodeBase64(content) : Buffer.from(content, 'utf8');
      return [...gone, { operation: { op: 'add', path, sha256: '' }, content: bytes }];
    }
    case 'lfsFile': {
      const { path, oid, size } = change.value;
      const operation = { op: 'add' as const, path, sha256: oid, lfs: true };
      return [...gone, { operation, ...(size != null && { announced: size }) }];
    }
    case 'deletedFolder':
      return [{ operation: { op: 'delete-folder', path: change.value.path } }];
    default:
      return [{ operation: { op: 'delete', path: change.value.path } }];
  }
}

async function store(ctx: Context, me: Person, batch: Waiting[]): Promise<Operation[]> {
  const contents = batch.flatMap(({ content }) => (content === undefined ? [] : [content]));
  const stored = await uploadSmall(ctx, me.id, contents);
  await refuseLyingSizes(ctx, me, batch);
  let next = 0;
  return batch.map(({ operation, content }) =>
    content !== undefined && operation.op === 'add'
      ? { ...operation, sha256: stored[next++]?.sha256 ?? '' }
      : operation,
  );
}

/** What others brought is told by the commit's own rule, or not at all: its size is theirs to know. */
async function refuseLyingSizes(ctx: Context, me: Person, batch: Waiting[]): Promise<void> {
  const announced = batch.flatMap(({ operation, announced }) =>
    operation.op === 'add' && announced !== undefined ? [{ ...operation, announced }] : [],
  );
  if (announced.length === 0) return;
  const mine = await uploadedBy(ctx.db, me.id, [...new Set(announced.map(({ sha256 }) => sha256))]);
  const sizes = await sizesOf(ctx.db, [...mine]);
  for (const { path, sha256, announced: size } of announced) {
    const known = sizes.get(sha256);
    if (known !== undefined && known !== size)
      throw new HubError('BAD_INPUT', `"${path}" has ${known} bytes, not ${size}.`, { field: 'size' });
  }
}

function parse(text: string, number: number): z.infer<typeof entry> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HubError('BAD_INPUT', `Line ${number} of the commit is not JSON.`);
  }
  const parsed = entry.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  throw new HubError(
    'BAD_INPUT',
    `Line ${number} of the commit: ${field} ${issue?.message ?? 'is not valid'}`,
  );
}
