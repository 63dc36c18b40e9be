import { text } from 'node:stream/consumers';
import type { Json } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { readBlob } from '../blobs/read.ts';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { pullNumber } from '../discussions/pulls.ts';
import { record } from '../ledger/record.ts';
import type { RepositoryRow } from '../policy.ts';
import { describeRepository } from './card/describe.ts';
import type { Changed } from './changing.ts';
import { queueProfile } from './profiles.ts';
import { pathOf } from './store.ts';
import { repositories } from './table.ts';
import { type CommitRow, mainBranch } from './versions.ts';

/** Larger cards are files, not descriptions. */
const largestCardBytes = 1 << 20;

export interface Moved {
  repository: RepositoryRow;
  branch: string;
  commit: CommitRow;
  /** The version that was built on. */
  parent: CommitRow | undefined;
  changed: Changed;
  /** What the ledger says beyond the commit itself. */
  details?: { [key: string]: Json };
}

/**
 * What follows from a new version of a branch, in the transaction that makes it: tables are profiled, the card of `main`
 * becomes the repository's description, and the ledger has its line. Call it last.
 */
export async function branchMoved(ctx: Context, tx: Queries, moved: Moved): Promise<void> {
  const { repository, branch, commit, changed, details } = moved;
  await tx.update(repositories).set({ updatedAt: new Date() }).where(eq(repositories.id, repository.id));
  // What a reader proposes is looked at once it is merged: until then it costs no computing.
  if (repository.kind === 'dataset' && pullNumber(branch) === undefined) await queueProfile(ctx, tx, moved);
  if (branch === mainBranch && changed.files.has('README.md')) {
    const card = changed.files.get('README.md');
    const readable = card !== undefined && card.sizeBytes <= largestCardBytes;
    const readers = { db: tx, blobs: ctx.blobs };
    await describeRepository(
      tx,
      repository,
      readable ? await text(await readBlob(readers, card.sha256)) : '',
    );
  }
  await record(tx, {
    actor: ctx.actor,
    action: 'repository.commit',
    namespace: repository.namespace,
    subject: pathOf(repository),
    details: { kind: repository.kind, commit: commit.id, branch, message: commit.message, ...details },
  });
}
