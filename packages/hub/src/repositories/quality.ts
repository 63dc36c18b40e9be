import { HubError, type Json, type Repository } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Queries } from '../db/connection.ts';
import type { RepositoryRow } from '../policy.ts';
import { commits, profiles, refs } from './versions-table.ts';

/** What the hub reads of a quality report; its whole is the data package's, see its Quality. */
const report = z.object({
  quality: z.object({
    personal: z.array(z.object({ column: z.string(), kind: z.string() })),
    distributions: z.array(z.json()),
  }),
});

async function reportOf(db: Queries, repository: string, commit: string) {
  const [found] = await db
    .select({ profile: profiles.profile })
    .from(profiles)
    .where(and(eq(profiles.repository, repository), eq(profiles.commit, commit)));
  // A profile of before there were reports has none.
  return report.safeParse(found?.profile).data?.quality;
}

/** How the columns of the version before this one are distributed, if a report says so. */
export async function distributionsBefore(
  db: Queries,
  version: { repository: string; commit: string },
): Promise<Json | undefined> {
  const [found] = await db
    .select({ parent: commits.parent })
    .from(commits)
    .where(and(eq(commits.repository, version.repository), eq(commits.id, version.commit)));
  if (!found?.parent) return undefined;
  return (await reportOf(db, version.repository, found.parent))?.distributions;
}

/**
 * The columns of the newest version that probably hold personal data. Before others may see a dataset that only its own
 * people saw, whoever opens it must say that they know of these.
 * @throws HubError BAD_INPUT that lists them, unless `acknowledged`.
 */
export async function personalDataToOpen(
  db: Queries,
  repository: RepositoryRow,
  visibility: Repository['visibility'] | undefined,
  acknowledged: boolean,
): Promise<string[]> {
  const opens = repository.visibility === 'private' && visibility !== undefined && visibility !== 'private';
  if (repository.kind !== 'dataset' || !opens) return [];
  const [head] = await db
    .select({ commit: refs.commit })
    .from(refs)
    .where(and(eq(refs.repository, repository.id), eq(refs.name, 'main')));
  const quality = head && (await reportOf(db, repository.id, head.commit));
  const found = (quality?.personal ?? []).map(({ column, kind }) => `${column} (${kind})`);
  if (found.length > 0 && !acknowledged)
    throw new HubError(
      'BAD_INPUT',
      `The newest version probably holds personal data: ${found.slice(0, 20).join(', ')}. Remove or mask it, or say that you know of it and may publish it.`,
      { field: 'acknowledgePersonalData', hint: 'Set acknowledgePersonalData: true if others may read it.' },
    );
  return found;
}
