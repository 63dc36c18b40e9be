import { HubError } from '@banyan/contract';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Person } from './context.ts';
import type { Queries } from './db/connection.ts';
import { grants } from './grants/table.ts';
import { namespacesOf, roleIn } from './people/roles.ts';
import { isCalled } from './repositories/called.ts';
import { repositories } from './repositories/table.ts';

type Repository = typeof repositories.$inferSelect;

/** Holds now: granted, and not past its time. */
const inForce = and(eq(grants.state, 'granted'), or(isNull(grants.until), gt(grants.until, sql`now()`)));

export interface Use {
  /** The namespace that works with the data: a project, or a person's own. */
  namespace: string;
  repository: Repository;
  /** Absent for uses that train nothing: preparation, profiles. */
  algorithm?: string;
}

/**
 * Whether a namespace may compute on a repository: it owns it, or it is public, or a grant to the namespace itself is
 * in force (a grant to one member does not open the data to the whole project). The same must hold for everything the
 * repository was derived from, all the way up, and the algorithm must be one that terms and grant allow.
 * Gives the sites at which the terms let it happen (undefined: any). Throws CONSENT_NEEDED.
 */
export async function requireConsent(db: Queries, use: Use): Promise<{ sites: string[] | undefined }> {
  let sites: string[] | undefined;
  for (const repository of await lineage(db, use.repository)) {
    const { algorithms, sites: allowed } = repository.terms;
    const path = `${repository.namespace}/${repository.name}`;
    if (allowed) sites = sites ? sites.filter((site) => allowed.includes(site)) : allowed;
    if (use.algorithm !== undefined && algorithms && !algorithms.includes(use.algorithm))
      throw new HubError(
        'CONSENT_NEEDED',
        `The terms of "${path}" do not allow the algorithm ${use.algorithm}.`,
        {
          hint: `They allow: ${algorithms.join(', ') || 'none'}.`,
        },
      );
    if (repository.namespace === use.namespace || repository.visibility === 'public') continue;
    const held = await db
      .select({ algorithms: grants.algorithms })
      .from(grants)
      .where(and(eq(grants.repository, repository.id), eq(grants.subject, use.namespace), inForce));
    if (held.length === 0)
      throw new HubError('CONSENT_NEEDED', `"${use.namespace}" has no consent to use "${path}".`, {
        hint: `Ask its owner for access for "${use.namespace}".`,
      });
    const { algorithm } = use;
    if (algorithm !== undefined && !held.some((grant) => grant.algorithms?.includes(algorithm) ?? true))
      throw new HubError(
        'CONSENT_NEEDED',
        `The grant on "${path}" does not allow the algorithm ${algorithm}.`,
        {
          hint: `It allows: ${held.flatMap((grant) => grant.algorithms ?? []).join(', ')}.`,
        },
      );
  }
  if (sites?.length === 0)
    throw new HubError(
      'CONSENT_NEEDED',
      'The terms of the data it comes from leave no site where this may run.',
    );
  return { sites };
}

/**
 * Whether answers of a model may go to everybody: a grant opens the data to its holder, not to the public, and a model
 * tells of what it was trained on. Throws CONSENT_NEEDED.
 */
export async function requireOwnToPublish(
  db: Queries,
  { namespace, repository }: Pick<Use, 'namespace' | 'repository'>,
): Promise<void> {
  for (const one of await lineage(db, repository)) {
    if (one.namespace === namespace || one.visibility === 'public') continue;
    throw new HubError(
      'CONSENT_NEEDED',
      `The model comes from "${one.namespace}/${one.name}", which "${namespace}" may use, but not for the public.`,
      { field: 'visibility', hint: 'Deploy it for the project alone.' },
    );
  }
}

/**
 * Why a person (or nobody in particular) may not read the files of a repository that they can see; undefined when they may.
 */
export async function refusalToRead(
  db: Queries,
  person: Person | undefined,
  repository: Repository,
): Promise<string | undefined> {
  let chain: Repository[];
  try {
    chain = await lineage(db, repository);
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
  for (const one of chain) {
    if (one.visibility === 'public' || (person && (await holds(db, person, one)))) continue;
    const path = `${one.namespace}/${one.name}`;
    return one === repository
      ? `The files of "${path}" need its owner's consent. Ask for access first.`
      : `This was derived from "${path}", whose files need its owner's consent. Ask for access there first.`;
  }
  return undefined;
}

/** Member of its namespace, or granted: to the person, or to an organisation or project of theirs. */
async function holds(db: Queries, person: Person, repository: Repository): Promise<boolean> {
  if (await roleIn(db, person, repository.namespace)) return true;
  const [grant] = await db
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(eq(grants.repository, repository.id), inForce, sql`${grants.subject} in ${namespacesOf(person)}`),
    )
    .limit(1);
  return grant !== undefined;
}

/** The repository and all it was derived from, itself first. Throws CONSENT_NEEDED when an ancestor is gone. */
async function lineage(db: Queries, repository: Repository): Promise<Repository[]> {
  const found = new Map([[`${repository.kind} ${repository.namespace}/${repository.name}`, repository]]);
  for (const { sources } of found.values()) {
    for (const { dataset } of sources) {
      if (found.has(`dataset ${dataset}`)) continue;
      const [namespace] = dataset.split('/');
      const [row] = await db.select().from(repositories).where(isCalled('dataset', dataset));
      // Its rules went with it. Only those who made both may go on: their own data needs no consent.
      if (!row && namespace !== repository.namespace)
        throw new HubError(
          'CONSENT_NEEDED',
          `This was derived from "${dataset}", which its owner has withdrawn.`,
        );
      if (row) found.set(`dataset ${dataset}`, row);
    }
  }
  return [...found.values()];
}
