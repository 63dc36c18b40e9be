import type { JobKind } from '@banyan/contract';
import { eq, gt } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { sites, workers } from '../sites/table.ts';
import { lostAfterMs } from '../sites/workers.ts';
import { type Acceptance, acceptanceOf, refusalOf } from './eligibility.ts';
import type { JobRow } from './table.ts';

/** A site with living workers: what it takes, and what they can do. */
export interface Present {
  site: string;
  acceptance: Acceptance;
  kinds: Set<JobKind>;
}

/** Who could take a job at this moment. */
export async function presentSites(db: Queries): Promise<Present[]> {
  const rows = await db
    .select({ site: sites, kinds: workers.kinds })
    .from(workers)
    .innerJoin(sites, eq(sites.id, workers.site))
    .where(gt(workers.lastSeenAt, new Date(Date.now() - lostAfterMs)));
  const found = new Map<string, Present>();
  for (const { site, kinds } of rows) {
    const known = found.get(site.name) ?? {
      site: site.name,
      acceptance: await acceptanceOf(db, site),
      kinds: new Set<JobKind>(),
    };
    for (const kind of kinds) known.kinds.add(kind);
    found.set(site.name, known);
  }
  return [...found.values()];
}

/** Why a queued job has no taker; undefined when it merely waits its turn. */
export function whyWaiting(
  job: Pick<JobRow, 'kind' | 'namespace' | 'sites' | 'wantedSite'>,
  present: Present[],
): string | undefined {
  if (present.length === 0) return 'No worker is connected. Start one: banyan worker join.';
  const allowed = present.filter(({ site }) => job.sites?.includes(site) ?? true);
  if (allowed.length === 0)
    return `It may run at ${job.sites?.join(', ')} alone, and no worker of that site is connected.`;
  const refusals = allowed.map(({ site, acceptance, kinds }) =>
    kinds.has(job.kind)
      ? refusalOf(site, acceptance, job)
      : `No worker at "${site}" takes jobs of the kind ${job.kind}.`,
  );
  return refusals.includes(undefined) ? undefined : refusals.join(' ');
}
