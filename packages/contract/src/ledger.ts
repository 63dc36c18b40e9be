import { z } from 'zod';
import { base } from './base.ts';
import { json, pageOf, pageQuery, slug, timestamp } from './names.ts';

/** One line of the append-only record. `hash` covers the line and the hash before it, so a change shows. */
export const ledgerEntry = z.object({
  sequence: z.number().int(),
  at: timestamp,
  actor: slug.optional(),
  action: z.string().describe('noun.verb, as in run.create or grant.revoke'),
  namespace: slug.optional(),
  subject: z.string(),
  details: json,
  hash: z.string(),
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

export const ledger = {
  list: base
    .route({ method: 'GET', path: '/ledger', tags: ['ledger'], summary: 'Who did what, newest first' })
    .input(pageQuery.extend({ namespace: slug.optional() }))
    .output(pageOf(ledgerEntry)),
  verify: base
    .route({
      method: 'GET',
      path: '/ledger/verification',
      tags: ['ledger'],
      summary: 'Recompute the chain of hashes',
    })
    .output(
      z.object({ entries: z.number().int(), intact: z.boolean(), firstBroken: z.number().int().optional() }),
    ),
};
