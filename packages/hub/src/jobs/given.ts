import { HubError } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { signatureFits } from '../blobs/sign.ts';
import type { Queries } from '../db/connection.ts';
import { findTreeFile } from '../repositories/tree/listing.ts';
import { commits } from '../repositories/versions-table.ts';
import { jobs } from './table.ts';

export interface Given {
  job: string;
  sha256: string;
  /** Where in an input the bytes are; absent for a checkpoint. */
  path?: string | undefined;
  signature: string;
}

/**
 * Passes when an address was signed for a lease that holds, and names bytes which that lease was given: a file of an
 * input's version, or the checkpoint to go on from. The worker knows the key it is signed with, so the signature
 * proves who asks, never what they may have. Throws LEASE_LOST.
 */
export async function requireGiven(db: Queries, { job: id, sha256, path, signature }: Given): Promise<void> {
  const [job] = await db.select().from(jobs).where(eq(jobs.id, id));
  if (!job || job.state !== 'running' || job.leaseToken === null) throw new HubError('LEASE_LOST');
  if (!signatureFits(signature, sha256, id, job.leaseToken)) throw new HubError('LEASE_LOST');
  if (job.checkpoint?.sha256 === sha256) return;
  for (const { repository, commit } of path === undefined ? [] : job.inputs) {
    const [version] = await db
      .select({ repository: commits.repository, root: commits.root })
      .from(commits)
      .where(and(eq(commits.repository, repository), eq(commits.id, commit)));
    if (version && (await findTreeFile(db, version, path ?? ''))?.sha256 === sha256) return;
  }
  throw new HubError('LEASE_LOST');
}
