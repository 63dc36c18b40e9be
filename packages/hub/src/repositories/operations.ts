import { text } from 'node:stream/consumers';
import { HubError, type Operation } from '@banyan/contract';
import { and, count, desc, inArray } from 'drizzle-orm';
import { sizesOf, uploadedBy } from '../blobs/blobs.ts';
import { gitOidsOf } from '../blobs/git-oids.ts';
import { isOneOf } from '../blobs/is-one-of.ts';
import { readBlob } from '../blobs/read.ts';
import type { Context, Person } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { given } from '../db/present.ts';
import { type RepositoryRow, repositoryAccess, visibleRepositories } from '../policy.ts';
import { type Attributes, isLargeFile, readAttributes, usualAttributes } from './attributes.ts';
import type { Step } from './changing.ts';
import { repositories } from './table.ts';
import { findTreeFile } from './tree/listing.ts';
import type { TreeFile } from './tree/page.ts';
import { takeTurns } from './turns.ts';
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
  const regular: typeof adds = [];
  const turn = takeTurns();
  for (const add of adds) {
    const { path, sha256, lfs } = add;
    const sizeBytes = sizes.get(sha256) ?? 0;
    if (!(lfs ?? isLargeFile(rules, path, sizeBytes)) && !isLargeFile([], path, sizeBytes)) regular.push(add);
    await turn();
  }
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
  const usable = me ? await uploadedBy(ctx.db, me.id, hashes) : new Set<string>();
  const missing = () => hashes.filter((hash) => !usable.has(hash));
  const takeFrom = async (holders: RepositoryRow[]) => {
    const readable: string[] = [];
    for (const one of holders) if ((await repositoryAccess(ctx.db, me, one)).read) readable.push(one.id);
    for (const hash of await heldBy(ctx.db, readable, missing())) usable.add(hash);
  };
  // The target first: most often a file is kept or moved.
  if (missing().length > 0) await takeFrom([target]);
  const holders = await holdersOf(ctx.db, missing());
  for (let start = 0; start < holders.length && missing().length > 0; start += holdersAtOnce)
    await takeFrom(
      await ctx.db
        .select()
        .from(repositories)
        .where(
          and(inArray(repositories.id, holders.slice(start, start + holdersAtOnce)), visibleRepositories(me)),
        ),
    );
  return usable;
}

/** Some bytes, an empty file's, are in every repository: few are looked at before they are found. */
const holdersAtOnce = 20;

/** The repositories that hold any of some blobs, those of most first. */
async function holdersOf(db: Queries, hashes: string[]): Promise<string[]> {
  if (hashes.length === 0) return [];
  const rows = await db
    .select({ repository: repositoryBlobs.repository })
    .from(repositoryBlobs)
    .where(isOneOf(repositoryBlobs.sha256, hashes))
    .groupBy(repositoryBlobs.repository)
    .orderBy(desc(count()));
  return rows.map(({ repository }) => repository);
}

/** Which of some blobs any of these repositories holds. */
async function heldBy(db: Queries, holders: string[], hashes: string[]): Promise<string[]> {
  if (holders.length === 0) return [];
  const rows = await db
    .selectDistinct({ sha256: repositoryBlobs.sha256 })
    .from(repositoryBlobs)
    .where(and(inArray(repositoryBlobs.repository, holders), isOneOf(repositoryBlobs.sha256, hashes)));
  return rows.map(({ sha256 }) => sha256);
}
