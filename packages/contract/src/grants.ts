import { z } from 'zod';
import { base } from './base.ts';
import { id, pageOf, pageQuery, repositoryPath, slug, timestamp } from './names.ts';

/**
 * Consent: whether a subject may use a dataset or a model (or a site's compute), for which purpose, with which algorithms,
 * until when. The scheduler reads grants again each time a job is leased, and while it runs: a revoked one
 * stops the work.
 */
export const grant = z.object({
  id,
  resource: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('dataset'), path: repositoryPath }),
    z.object({ kind: z.literal('model'), path: repositoryPath }),
    z.object({ kind: z.literal('site'), name: slug }),
  ]),
  subject: z.object({ kind: z.enum(['person', 'organisation', 'project']), slug }),
  purpose: z.string(),
  /** Absent: any algorithm of the catalogue. */
  algorithms: z.array(slug).optional(),
  state: z.enum(['requested', 'granted', 'denied', 'revoked', 'expired']),
  requestedBy: slug,
  decidedBy: slug.optional(),
  note: z.string().optional(),
  until: timestamp.optional(),
  createdAt: timestamp,
});
export type Grant = z.infer<typeof grant>;

export const grants = {
  request: base
    .route({
      method: 'POST',
      path: '/grants',
      tags: ['grants'],
      summary: 'Ask for access to a dataset, a model or a site; granted at once when it is yours',
    })
    .input(
      z.object({
        resource: grant.shape.resource,
        subject: grant.shape.subject,
        purpose: z.string().min(3).max(2000),
        algorithms: z.array(slug).max(50).optional(),
        until: timestamp.optional(),
        acceptTerms: z.literal(true, 'read the terms and accept them: acceptTerms: true'),
      }),
    )
    .output(grant),
  list: base
    .route({
      method: 'GET',
      path: '/grants',
      tags: ['grants'],
      summary: 'Grants on what I look after, or that I and my projects hold',
    })
    .input(
      pageQuery.extend({
        dataset: repositoryPath.optional(),
        model: repositoryPath.optional(),
        site: slug.optional(),
        subject: slug.optional(),
        state: grant.shape.state.optional(),
      }),
    )
    .output(pageOf(grant)),
  decide: base
    .route({
      method: 'POST',
      path: '/grants/{id}/decision',
      tags: ['grants'],
      summary: 'Grant or deny a request',
    })
    .input(
      z.object({
        id,
        decision: z.enum(['grant', 'deny']),
        algorithms: z.array(slug).max(50).optional(),
        until: timestamp.optional(),
        note: z.string().max(2000).optional(),
      }),
    )
    .output(grant),
  revoke: base
    .route({ method: 'POST', path: '/grants/{id}/revoke', tags: ['grants'], summary: 'Withdraw consent' })
    .input(z.object({ id, note: z.string().max(2000).optional() }))
    .output(grant),
};
