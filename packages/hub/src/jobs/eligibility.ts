import { HubError, type JobKind } from '@banyan/contract';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { grants } from '../grants/table.ts';
import { sites } from '../sites/table.ts';

type SiteRow = typeof sites.$inferSelect;

/** What a site takes: its policy, and the grants on it. Undefined: any. */
export interface Acceptance {
  kinds: readonly JobKind[] | undefined;
  namespaces: readonly string[] | undefined;
}

/** What a site takes at this moment. */
export async function acceptanceOf(db: Queries, site: SiteRow): Promise<Acceptance> {
  const { kinds, namespaces } = site.policy;
  if (!namespaces) return { kinds, namespaces: undefined };
  const granted = await db
    .select({ subject: grants.subject })
    .from(grants)
    .where(
      and(
        eq(grants.site, site.id),
        eq(grants.state, 'granted'),
        or(isNull(grants.until), gt(grants.until, sql`now()`)),
      ),
    );
  const own = site.organisation === null ? [] : [site.organisation];
  return { kinds, namespaces: [...namespaces, ...own, ...granted.map((grant) => grant.subject)] };
}

/** Why a site does not take a job; undefined when it does. */
export function refusalOf(
  name: string,
  { kinds, namespaces }: Acceptance,
  job: { kind: JobKind; namespace: string },
): string | undefined {
  if (kinds && !kinds.includes(job.kind))
    return `The site "${name}" does not take jobs of the kind ${job.kind}.`;
  if (namespaces && !namespaces.includes(job.namespace))
    return `The site "${name}" does not take jobs of "${job.namespace}".`;
  return undefined;
}

/** Throws BAD_INPUT for a site that is not there, and NOT_ALLOWED when it would not take the job. */
export async function requireSite(
  db: Queries,
  name: string,
  job: { kind: JobKind; namespace: string },
): Promise<void> {
  const [site] = await db.select().from(sites).where(eq(sites.name, name));
  if (!site) throw new HubError('BAD_INPUT', `There is no site "${name}".`, { field: 'site' });
  const refusal = refusalOf(name, await acceptanceOf(db, site), job);
  if (refusal !== undefined)
    throw new HubError('NOT_ALLOWED', refusal, {
      field: 'site',
      hint: 'Ask those who run the site for a grant.',
    });
}
