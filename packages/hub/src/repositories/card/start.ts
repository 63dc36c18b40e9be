import type { RepositoryKind } from '@banyan/contract';
import type { Context } from '../../context.ts';
import { authorizeRepository } from '../../policy.ts';
import { readFacts } from '../metadata/facts.ts';
import { listedFiles, tableOf } from '../metadata/metadata.ts';
import { makerOf } from '../metadata/provenance.ts';
import { pathOf } from '../store.ts';
import { resolveRevision } from '../versions.ts';
import { datasetCard } from './start-dataset.ts';
import { modelCard } from './start-model.ts';

/**
 * A README to begin with, of what the hub knows: nothing is committed. It is for those who may read the files, because
 * it names columns; what only their readers should see of the values of a dataset that is not public is not in it.
 */
export async function startCard(
  ctx: Context,
  at: { kind: RepositoryKind; namespace: string; name: string; revision: string },
): Promise<{ markdown: string }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const facts = await readFacts(ctx, repository, commit);
  const madeBy = await makerOf(ctx.db, repository, commit);
  const { files } = await listedFiles(ctx, commit);
  if (at.kind === 'model') return { markdown: modelCard({ facts, madeBy, files }) };
  const table = await tableOf(ctx.db, repository, commit);
  return {
    markdown: datasetCard({ facts, madeBy, files, table, values: repository.visibility === 'public' }),
  };
}
