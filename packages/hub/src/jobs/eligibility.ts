import { HubError, type JobKind } from '@banyan/contract';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { grants } from '../grants/table.ts';
import { projectOrganisations } from '../projects/table.ts';
import { sites } from '../sites/table.ts';
import type { JobRow } from './table.ts';

type SiteRow = typeof sites.$inferSelect;

/**
 * What a site takes: its policy, and the grants on it. Undefined: any. And whose work comes to it unasked: anybody may
 * found an organisation and lend a machine, which must not bring them the data of others.
 */
export interface Acceptance {
  kinds: readonly JobKind[] | undefined;
  namespaces: readonly string[] | undefined;
  /** Its organisation, the projects this takes part in, and those that asked for a grant. Undefined: all, at the hub's own. */
  trusting: readonly string[] | undefined;
}

type Wish = Pick<JobRow, 'kind' | 'namespace' | 'wantedSite'>;

/** What a site takes at this moment. */
export async function acceptanceOf(db: Queries, site: SiteRow): Promise<Acceptance> {
  const { kinds, namespaces } = site.policy;
  const { organisation } = site;
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
  const subjects = granted.map((grant) => grant.subject);
  if (organisation === null)
    return { kinds, namespaces: namespaces && [...namespaces, ...subjects], trusting: undefined };
  const known = [organisation, ...subjects];
  const together = await db
    .select({ project: projectOrganisations.project })
    .from(projectOrganisations)
    .where(eq(projectOrganisations.organisation, organisation));
  return {
    kinds,
    namespaces: namespaces && [...namespaces, ...known],
    trusting: [...known, ...together.map((row) => row.project)],
  };
}

/** Why a site does not take a job; undefined when it does. */
export function refusalOf(
  name: string,
  { kinds, namespaces, trusting }: Acceptance,
  job: Wish,
): string | undefined {
  if (kinds && !kinds.includes(job.kind))
    return `The site "${name}" does not take jobs of the kind ${job.kind}.`;
  if (namespaces && !namespaces.includes(job.namespace))
    return `The site "${name}" does not take jobs of "${job.namespace}".`;
  if (trusting && !trusting.includes(job.namespace) && job.wantedSite !== name)
    return `"${job.namespace}" did not choose the site "${name}": name it for the job, ask for a grant on it, or let its organisation take part in the project.`;
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
  const refusal = refusalOf(name, await acceptanceOf(db, site), { ...job, wantedSite: name });
  if (refusal !== undefined)
    throw new HubError('NOT_ALLOWED', refusal, {
      field: 'site',
      hint: 'Ask those who run the site for a grant.',
    });
}
