import { HubError } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { requireConsent } from '../consent.ts';
import type { Queries } from '../db/connection.ts';
import { repositories } from '../repositories/table.ts';
import type { InputRef } from './table.ts';

export interface Wish {
  namespace: string;
  algorithm?: string | null | undefined;
  inputs: InputRef[];
  wantedSite?: string | null | undefined;
}

/**
 * Asks the owners' consent for every input of a job: when it is made, and again each time a worker takes it. Gives the
 * sites where it may run; undefined: anywhere. Throws CONSENT_NEEDED.
 */
export async function allowedSites(db: Queries, wish: Wish): Promise<string[] | undefined> {
  const { namespace, inputs, wantedSite } = wish;
  let sites: string[] | undefined;
  for (const input of inputs) {
    const [repository] = await db.select().from(repositories).where(eq(repositories.id, input.repository));
    if (!repository) throw new HubError('CONSENT_NEEDED', `The ${input.kind} "${input.path}" was deleted.`);
    const algorithm = wish.algorithm ?? undefined;
    const consent = await requireConsent(db, {
      namespace,
      repository,
      ...(algorithm === undefined ? {} : { algorithm }),
    });
    sites = intersect(sites, consent.sites);
  }
  const wanted = wantedSite === null || wantedSite === undefined ? undefined : [wantedSite];
  const both = intersect(sites, wanted);
  if (both?.length === 0)
    throw new HubError(
      'CONSENT_NEEDED',
      `The terms of the data do not let it leave for ${wantedSite ?? 'any one site'}.`,
      {
        hint: `They allow: ${sites?.join(', ') || 'no site in common'}.`,
      },
    );
  return both;
}

const intersect = (a: string[] | undefined, b: string[] | undefined): string[] | undefined =>
  a && b ? a.filter((site) => b.includes(site)) : (a ?? b);
