import { and, eq, inArray } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import { authorizeRepository, signedIn } from '../../policy.ts';
import type { At } from '../../repositories/repositories.ts';
import { pathOf } from '../../repositories/store.ts';
import { repositoryBlobs } from '../../repositories/versions-table.ts';
import { uploadedBy } from '../blobs.ts';

/**
 * Of some blobs, those that a commit to this repository may use without sending them: I brought them before, or the repository has
 * them. Says nothing of what others have elsewhere.
 */
export async function findPresent(
  ctx: Context,
  at: At,
  { hashes, pullRequest }: { hashes: string[]; pullRequest: boolean },
): Promise<string[]> {
  const access = await authorizeRepository(ctx, at.kind, pathOf(at), pullRequest ? 'read' : 'write');
  const me = signedIn(ctx, 'write');
  const mine = await uploadedBy(ctx.db, me.id, hashes);
  if (!access.read) return [...mine];
  const here = await ctx.db
    .select({ sha256: repositoryBlobs.sha256 })
    .from(repositoryBlobs)
    .where(
      and(eq(repositoryBlobs.repository, access.repository.id), inArray(repositoryBlobs.sha256, hashes)),
    );
  return [...new Set([...mine, ...here.map(({ sha256 }) => sha256)])];
}
