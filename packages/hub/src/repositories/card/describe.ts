import type { RepositoryKind } from '@banyan/contract';
import { eq, isNull } from 'drizzle-orm';
import type { Services } from '../../context.ts';
import type { Queries } from '../../db/connection.ts';
import { loggable } from '../../failures.ts';
import { readSmallFile } from '../metadata/files.ts';
import { lockRepository } from '../store.ts';
import { repositories } from '../table.ts';
import { headOf, mainBranch } from '../versions.ts';
import { parseCard } from './front-matter.ts';
import { summaryOf } from './summary.ts';
import { cardTags } from './tags.ts';

/** Keeps what lists show and find of a card current: in the transaction that moves `main`, with the README there. */
export async function describeRepository(
  tx: Queries,
  repository: { id: string; kind: RepositoryKind },
  readme: string,
): Promise<void> {
  const card = parseCard(readme);
  await tx
    .update(repositories)
    .set({ card: card.data, tags: cardTags(repository.kind, card), summary: summaryOf(card.body) })
    .where(eq(repositories.id, repository.id));
}

/** The same for a version whose README was not at hand. */
export async function describeVersion(
  services: Pick<Services, 'blobs'>,
  tx: Queries,
  repository: { id: string; kind: RepositoryKind },
  version: { repository: string; root: string },
): Promise<void> {
  const readme = await readSmallFile({ ...services, db: tx }, version, 'README.md');
  await describeRepository(tx, repository, readme ?? '');
}

/** Reads the cards of repositories from before they were kept beside them. Answers how many there were. */
export async function describeOldRepositories({ db, blobs, log }: Services): Promise<number> {
  const rows = await db
    .select({ id: repositories.id, kind: repositories.kind })
    .from(repositories)
    .where(isNull(repositories.card));
  for (const repository of rows)
    try {
      await db.transaction(async (tx) => {
        const still = await lockRepository(tx, repository.id);
        const head = await headOf(tx, repository.id, mainBranch);
        if (still.card === null && head) await describeVersion({ blobs }, tx, repository, head);
      });
    } catch (error) {
      // A hub whose store has lost a file must start all the same.
      log.warn({ repository: repository.id, error: loggable(error) }, 'the card could not be read');
    }
  return rows.length;
}
