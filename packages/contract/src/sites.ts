import { z } from 'zod';
import { base } from './base.ts';
import { jobKind } from './jobs.ts';
import { id, pageOf, pageQuery, slug, timestamp } from './names.ts';

/** An institution's rules for the compute it lends. Absent lists mean: any. */
export const sitePolicy = z.object({
  /** Namespaces (projects, organisations, people) whose jobs may run here; besides, grants on the site count. */
  namespaces: z.array(slug).max(200).optional(),
  kinds: z.array(jobKind).optional(),
  maxJobHours: z.number().min(0.01).max(720).optional(),
});
export type SitePolicy = z.infer<typeof sitePolicy>;

export const worker = z.object({
  id,
  name: z.string(),
  site: slug,
  version: z.string(),
  host: z.object({ os: z.string(), cpu: z.string(), cores: z.number().int(), memoryBytes: z.number().int() }),
  kinds: z.array(jobKind),
  slots: z.number().int(),
  state: z.enum(['idle', 'busy', 'lost']),
  jobs: z.array(z.object({ id, kind: jobKind, title: z.string() })),
  lastSeenAt: timestamp,
});
export type Worker = z.infer<typeof worker>;

export const site = z.object({
  name: slug,
  organisation: slug.optional(),
  title: z.string(),
  policy: sitePolicy,
  workers: z.array(worker),
  canAdminister: z.boolean(),
  createdAt: timestamp,
});
export type Site = z.infer<typeof site>;

export const sites = {
  create: base
    .route({ method: 'POST', path: '/sites', tags: ['sites'], summary: "Lend an organisation's compute" })
    .input(
      z.object({
        name: slug,
        organisation: slug,
        title: z.string().max(120).default(''),
        policy: sitePolicy.prefault({}),
      }),
    )
    .output(site),
  list: base
    .route({ method: 'GET', path: '/sites', tags: ['sites'], summary: 'Sites and their workers' })
    .input(pageQuery)
    .output(pageOf(site)),
  get: base
    .route({ method: 'GET', path: '/sites/{name}', tags: ['sites'], summary: 'One site' })
    .input(z.object({ name: slug }))
    .output(site),
  update: base
    .route({ method: 'PATCH', path: '/sites/{name}', tags: ['sites'], summary: 'Change title or policy' })
    .input(z.object({ name: slug, title: z.string().max(120).optional(), policy: sitePolicy.optional() }))
    .output(site),
  createToken: base
    .route({
      method: 'POST',
      path: '/sites/{name}/tokens',
      tags: ['sites'],
      summary: 'A token with which workers join this site; shown once',
    })
    .input(z.object({ name: slug, expiresInDays: z.number().int().min(1).max(3650).optional() }))
    .output(z.object({ token: z.string(), expiresAt: timestamp.optional() })),
};
