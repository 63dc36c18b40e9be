import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import { readBlob } from '../../blobs/read.ts';
import type { Context } from '../../context.ts';
import { iso } from '../../db/present.ts';
import { countLikes } from '../../likes/likes.ts';
import type { RepositoryAccess, RepositoryRow } from '../../policy.ts';
import { parseCard } from '../../repositories/card/front-matter.ts';
import { cardTags } from '../../repositories/card/tags.ts';
import { pathOf } from '../../repositories/store.ts';
import { findEntries, listTree } from '../../repositories/tree/listing.ts';
import { type CommitRow, mainBranch } from '../../repositories/versions.ts';
import { type Address, open } from './addresses.ts';
import { flag, manyOf } from './inputs.ts';
import { type FileEntry, presentSibling } from './present-files.ts';
import { findRevision, findRevisionIfAny } from './revisions.ts';
import { readSafetensors } from './safetensors.ts';

/** A larger README has no head that anybody reads. */
const cardBytes = 4 << 20;
/** What one answer may list; the rest is to be had page by page from `tree`. */
const mostSiblings = 100_000;

/** A repository at a revision, as `model_info` and `dataset_info` show it. */
export async function readInfo(ctx: Context, address: Address, query: unknown) {
  const { blobs } = readInput(z.object({ blobs: flag }), query);
  const expand = manyOf(query, 'expand');
  const access = await open(ctx, address, 'see');
  const { repository } = access;
  const revision = address['*'];
  const commit =
    revision === undefined
      ? await findRevisionIfAny(ctx, repository, mainBranch)
      : await findRevision(ctx, repository, revision);
  const info = await describe(ctx, access, commit, { blobs, expand });
  return expand.length === 0 ? info : only(info, expand);
}

async function describe(
  ctx: Context,
  access: RepositoryAccess,
  commit: CommitRow | undefined,
  { blobs, expand }: { blobs: boolean; expand: string[] },
) {
  const { repository } = access;
  const wants = (property: string) => expand.length === 0 || expand.includes(property);
  const card = parseCard((commit && (await readCardText(ctx, commit))) ?? '');
  // Names of files are told to those alone who may read them.
  const files = commit && access.read && wants('siblings') ? await allFiles(ctx, commit) : [];
  const weights = files.find(({ path }) => path === 'model.safetensors');
  return {
    ...summarise(repository, {
      data: card.data,
      tags: cardTags(repository.kind, card),
      likes: (await countLikes(ctx.db, [repository.id])).get(repository.id),
    }),
    ...(commit && { sha: commit.id, lastModified: iso(commit.createdAt) }),
    siblings: files.map((file) => presentSibling(file, blobs)),
    ...(files.length > 0 && { usedStorage: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }),
    ...(weights && { safetensors: await readSafetensors(ctx, weights) }),
    ...(repository.kind === 'model' && { spaces: [] }),
  };
}

/** What lists show of a repository, and `info` too. */
export function summarise(
  repository: RepositoryRow,
  { data, tags, likes = 0 }: { data: Record<string, unknown>; tags: string[]; likes?: number | undefined },
) {
  const id = pathOf(repository);
  const text = (key: string) => (typeof data[key] === 'string' ? { [key]: data[key] } : {});
  return {
    _id: repository.id,
    id,
    author: repository.namespace,
    lastModified: iso(repository.updatedAt),
    createdAt: iso(repository.createdAt),
    private: repository.visibility === 'private',
    gated: repository.visibility === 'gated' ? 'manual' : false,
    disabled: false,
    downloads: 0,
    downloadsAllTime: 0,
    likes,
    tags,
    cardData: data,
    ...(repository.kind === 'model'
      ? { modelId: id, ...text('pipeline_tag'), ...text('library_name') }
      : { description: repository.title }),
  };
}

/** Of an answer, what was asked for, and the id. */
export function only(info: Record<string, unknown>, properties: readonly string[]): Record<string, unknown> {
  const kept = new Set(['_id', 'id', ...properties]);
  return Object.fromEntries(Object.entries(info).filter(([name]) => kept.has(name)));
}

async function readCardText(ctx: Context, commit: CommitRow): Promise<string | undefined> {
  const [file] = await findEntries(ctx.db, commit, ['README.md']);
  if (file?.kind !== 'file' || file.sizeBytes > cardBytes) return undefined;
  return String(await buffer(await readBlob(ctx, file.sha256)));
}

async function allFiles(ctx: Context, commit: CommitRow): Promise<FileEntry[]> {
  const files: FileEntry[] = [];
  for (let after: string | undefined; ; ) {
    const page = await listTree(ctx.db, commit, { folder: '', recursive: true, limit: 5000, after });
    for (const entry of page.entries) if (entry.kind === 'file') files.push(entry);
    if (page.next === undefined || files.length >= mostSiblings) return files;
    after = page.next;
  }
}
