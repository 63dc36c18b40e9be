import { text } from 'node:stream/consumers';
import { HubError, type Operation } from '@banyan/contract';
import { eq, sql } from 'drizzle-orm';
import { sizesOf, uploadedBy } from '../blobs/blobs.ts';
import { gitOidsOf } from '../blobs/git-oids.ts';
import { readBlob } from '../blobs/read.ts';
import type { Context, Person } from '../context.ts';
import { given } from '../db/present.ts';
import { type RepositoryRow, repositoryAccess, visibleRepositories } from '../policy.ts';
import { type Attributes, isLargeFile, readAttributes, usualAttributes } from './attributes.ts';
import type { Step } from './changing.ts';
import { repositories } from './table.ts';
import { findTreeFile } from './tree/listing.ts';
import type { TreeFile } from './tree/page.ts';
import { type CommitRow, resolveRevision } from './versions.ts';
import { repositoryBlobs } from './versions-table.ts';

/** More in one commit would hold a transaction open for too long. */
const mostOperations = 100_000;
/** A larger one is somebody's data, not rules. */
const largestAttributesBytes = 1 << 20;

/** Reads operations as they come. Throws TOO_LARGE beyond 100,000. */
export async function collect(
  operations: Iterable<Operation> | AsyncIterable<Operation>,
): Promise<Operation[]> {
  const collected = [];
  for await (const operation of operations) {
    collected.push(operation);
    if (collected.length > mostOperations)
      throw new HubError('TOO_LARGE', `A commit has at most ${mostOperations} operations.`, {
        field: 'operations',
        hint: 'Send them in several commits.',
      });
  }
  return collected;
}

/**
 * Operations as steps: each added file with its size, and its name in Git when it is a regular file. Throws BAD_INPUT
 * for bytes that are not here, or that are not mine to use.
 */
export async function toSteps(
  ctx: Context,
  me: Person,
  {
    repository,
    base,
    operations,
  }: {
    repository: RepositoryRow;
    base: CommitRow | undefined;
    operations: readonly Operation[];
  },
): Promise<Step[]> {
  const adds = operations.filter((operation) => operation.op === 'add');
  const fileOfAdd = ({ sha256 }: { sha256: string }) => ({ sha256, sizeBytes: sizes.get(sha256) ?? 0 });
  const hashes = [...new Set(adds.map(({ sha256 }) => sha256))];
  const sizes = await sizesOf(ctx.db, hashes);
  const mine = await usableBlobs(ctx, me, repository, hashes);
  for (const { path, sha256 } of adds)
    if (!sizes.has(sha256) || !mine.has(sha256))
      throw new HubError(
        'BAD_INPUT',
        `The bytes of "${path}" (sha256 ${sha256.slice(0, 12)}...) are not on this hub.`,
        { field: 'operations', hint: 'Upload them first: POST /api/blobs.' },
      );
  const added = adds.findLast(({ path }) => path === attributesFile);
  const undecided = adds.some(({ lfs }) => lfs === undefined);
  const rules = undecided ? await attributesFor(ctx, base, added && fileOfAdd(added)) : [];
  const regular = adds.filter(({ path, sha256, lfs }) => {
    const sizeBytes = sizes.get(sha256) ?? 0;
    return !(lfs ?? isLargeFile(rules, path, sizeBytes)) && !isLargeFile([], path, sizeBytes);
  });
  const oids = await gitOidsOf(ctx, [...new Set(regular.map(({ sha256 }) => sha256))]);
  const isRegular = new Set(regular);
  const steps: Step[] = [];
  for (const operation of operations) {
    if (operation.op === 'delete' || operation.op === 'delete-folder') steps.push(operation);
    else if (operation.op === 'copy') {
      const { path, revision } = operation.from;
      const root =
        revision === undefined ? undefined : (await resolveRevision(ctx.db, repository, revision)).root;
      steps.push({ op: 'copy', path: operation.path, from: { path, root } });
    } else {
      const gitOid = isRegular.has(operation) ? oids.get(operation.sha256) : undefined;
      const file = { ...fileOfAdd(operation), ...given('gitOid', gitOid) };
      steps.push({ op: 'put', path: operation.path, file });
    }
  }
  return steps;
}

/** Of the version to come: its own, when the commit brings one. */
async function attributesFor(
  ctx: Context,
  base: CommitRow | undefined,
  added: TreeFile | undefined,
): Promise<Attributes> {
  if (added) return readRules(ctx, added);
  return base ? attributesOf(ctx, base) : usualAttributes;
}

const attributesFile = '.gitattributes';

/** What a version says of large files; the usual patterns when it says nothing. */
export async function attributesOf(
  ctx: Pick<Context, 'db' | 'blobs'>,
  version: CommitRow,
): Promise<Attributes> {
  const file = await findTreeFile(ctx.db, version, attributesFile);
  return file ? readRules(ctx, file) : usualAttributes;
}

async function readRules(ctx: Pick<Context, 'db' | 'blobs'>, file: TreeFile): Promise<Attributes> {
  if (file.sizeBytes > largestAttributesBytes) return usualAttributes;
  return readAttributes(await text(await readBlob(ctx, file.sha256)));
}

/** Of some blobs, those that I uploaded or may read in a repository: to know a hash is not to have the bytes. */
export async function usableBlobs(
  ctx: Context,
  me: Person | undefined,
  target: RepositoryRow,
  hashes: string[],
): Promise<Set<string>> {
  const mine = me ? await uploadedBy(ctx.db, me.id, hashes) : new Set<string>();
  const others = hashes.filter((hash) => !mine.has(hash));
  if (others.length === 0) return mine;
  const holders = await ctx.db
    .select({ repository: repositories, sha256: repositoryBlobs.sha256 })
    .from(repositoryBlobs)
    .innerJoin(repositories, eq(repositories.id, repositoryBlobs.repository))
    .where(sql`${repositoryBlobs.sha256} = any(${sql.param(others)}::text[]) and ${visibleRepositories(me)}`);
  // The target first: most often a file is kept or moved.
  holders.sort((a, b) => Number(b.repository.id === target.id) - Number(a.repository.id === target.id));
  const readable = new Map<string, boolean>();
  for (const { repository, sha256 } of holders) {
    if (mine.has(sha256)) continue;
    if (!readable.has(repository.id))
      readable.set(repository.id, (await repositoryAccess(ctx.db, me, repository)).read);
    if (readable.get(repository.id)) mine.add(sha256);
  }
  return mine;
}
