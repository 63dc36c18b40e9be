import type { RepositoryKind } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { countLikes } from '../../likes/likes.ts';
import { searchRepositories, tagsInUse } from '../../repositories/search.ts';
import { only, summarise } from './info.ts';
import { manyOf, pageSize } from './inputs.ts';

const query = z.object({
  author: z.string().max(100).optional(),
  pipeline_tag: z.string().max(100).optional(),
  gated: z.string().optional(),
  sort: z.string().max(40).optional(),
  limit: pageSize(1000).default(500),
  cursor: z.string().max(200).optional(),
});

/** Models or datasets, one page of them; the others by `next`. Filters are tags, all of which must be there. */
export async function listOf(ctx: Context, kind: RepositoryKind, asked: unknown) {
  const { author, pipeline_tag, gated, sort, limit, cursor } = readInput(query, asked);
  const tags = manyOf(asked, 'filter').flatMap((tag) => tag.split(','));
  if (pipeline_tag !== undefined) tags.push(pipeline_tag);
  const page = await searchRepositories(ctx, {
    kind,
    namespace: author,
    search: manyOf(asked, 'search', 10)
      .flatMap((words) => words.split(/\s+/))
      .filter((word) => word !== ''),
    tags,
    gated: gated === undefined ? undefined : /^(true|1|manual|auto)$/i.test(gated),
    sort: sort === 'createdAt' || sort === 'id' ? sort : 'updatedAt',
    limit,
    cursor,
  });
  const expand = manyOf(asked, 'expand');
  const likes = await countLikes(
    ctx.db,
    page.items.map(({ id }) => id),
  );
  const items = page.items.map((row) => {
    const summary = summarise(row, { data: row.card ?? {}, tags: row.tags, likes: likes.get(row.id) });
    return expand.length === 0 ? summary : only(summary, expand);
  });
  return { items, next: page.nextCursor };
}

/** Tags in use, by their kind, as in `{ language: [{ id: 'language:de', label: 'de', type: 'language' }] }`. */
export async function tagsByType(ctx: Context, kind: RepositoryKind) {
  const tags = (await tagsInUse(ctx, kind)).map((id) => {
    const [, type = 'other', label = id] = /^([a-z_]+):(.+)$/.exec(id) ?? [];
    return { id, label, type };
  });
  // Cards may name any kind, also one that every object has a property of.
  return Object.fromEntries(Map.groupBy(tags, ({ type }) => type));
}
