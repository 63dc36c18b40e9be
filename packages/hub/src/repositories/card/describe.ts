import type { RepositoryKind } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import { repositories } from '../table.ts';
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
