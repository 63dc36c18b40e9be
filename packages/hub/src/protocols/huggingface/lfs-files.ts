import { HubError, sha256 } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { iso } from '../../db/present.ts';
import { listLargeFiles } from '../../repositories/large-files.ts';
import { purgeFiles } from '../../repositories/purge.ts';
import { type Address, atOf } from './addresses.ts';
import { pageSize } from './inputs.ts';

const pageQuery = z.object({ cursor: z.string().max(64).optional(), limit: pageSize(1000).default(1000) });

/** The LFS files of all versions, for those who count what fills the disk. */
export async function readLfsFiles(ctx: Context, address: Address, query: unknown) {
  const { items, nextCursor } = await listLargeFiles(ctx, atOf(address), readInput(pageQuery, query));
  return {
    items: items.map((file) => ({
      fileOid: file.sha256,
      filename: file.path,
      oid: file.sha256,
      pushedAt: iso(file.storedAt),
      size: file.sizeBytes,
    })),
    next: nextCursor,
  };
}

const deletion = z.object({
  deletions: z.object({
    sha: z.array(sha256).min(1).max(1000),
    rewriteHistory: z.boolean().default(false),
  }),
});

/** Deletes files for good. A version never names bytes that are gone here, so history is rewritten or nothing is done. */
export async function deleteLfsFiles(ctx: Context, address: Address, body: unknown) {
  const { sha, rewriteHistory } = readInput(deletion, body).deletions;
  if (!rewriteHistory)
    throw new HubError(
      'BAD_INPUT',
      'On this hub no version names bytes that are gone: rewrite_history=True.',
      {
        field: 'rewriteHistory',
      },
    );
  return purgeFiles(ctx, atOf(address), { hashes: sha });
}
