import { HubError } from '@banyan/contract';
import { and, eq, or, sql } from 'drizzle-orm';
import { signatureFits } from '../blobs/sign.ts';
import type { Queries } from '../db/connection.ts';
import { commits } from '../repositories/versions-table.ts';
import { jobs } from './table.ts';

/**
 * Passes when an address was signed for a lease that holds, and names bytes which that lease was given: a file of an
 * input's version, or the checkpoint to go on from. The worker knows the key it is signed with, so the signature
 * proves who asks, never what they may have. Throws LEASE_LOST.
 */
export async function requireGiven(
  db: Queries,
  { job: id, sha256, signature }: { job: string; sha256: string; signature: string },
): Promise<void> {
  const [job] = await db.select().from(jobs).where(eq(jobs.id, id));
  if (!job || job.state !== 'running' || job.leaseToken === null) throw new HubError('LEASE_LOST');
  if (!signatureFits(signature, sha256, id, job.leaseToken)) throw new HubError('LEASE_LOST');
  if (job.checkpoint?.sha256 === sha256) return;
  const inputs = job.inputs.map(({ repository, commit }) =>
    and(eq(commits.repository, repository), eq(commits.id, commit)),
  );
  const named = sql`jsonb_path_exists(${commits.tree}, '$.*.sha256 ? (@ == $wanted)',
    jsonb_build_object('wanted', ${sha256}::text))`;
  const [given] = await db
    .select({ id: commits.id })
    .from(commits)
    .where(and(or(...inputs), named))
    .limit(1);
  if (inputs.length === 0 || !given) throw new HubError('LEASE_LOST');
}
