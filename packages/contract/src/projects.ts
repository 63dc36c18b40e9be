import { z } from 'zod';
import { base } from './base.ts';
import { pageOf, pageQuery, role, slug, timestamp } from './names.ts';

/** People, organisations and projects share one space of names: each can own datasets and models. */
export const organisation = z.object({
  slug,
  title: z.string(),
  kind: z.enum(['university', 'company', 'public-lab', 'other']),
  country: z.string().optional(),
  homepage: z.string().optional(),
  members: z.number().int(),
  myRole: role.optional(),
  createdAt: timestamp,
});
export type Organisation = z.infer<typeof organisation>;

export const project = z.object({
  slug,
  title: z.string(),
  description: z.string(),
  visibility: z.enum(['public', 'private']),
  organisations: z.array(z.object({ slug, title: z.string() })),
  members: z.number().int(),
  myRole: role.optional(),
  createdAt: timestamp,
});
export type Project = z.infer<typeof project>;

export const member = z.object({
  username: slug,
  name: z.string(),
  role,
  organisations: z.array(slug),
  since: timestamp,
});
export type Member = z.infer<typeof member>;

const title = z.string().min(1).max(120);
const country = z.string().regex(/^[A-Z]{2}$/, 'two letters, as in ISO 3166: CH, KE, JP');

export const organisations = {
  create: base
    .route({
      method: 'POST',
      path: '/organisations',
      tags: ['organisations'],
      summary: 'Found an organisation; you become its owner',
    })
    .input(
      z.object({
        slug,
        title,
        kind: organisation.shape.kind.default('other'),
        country: country.optional(),
        homepage: z
          .url({ protocol: /^https?$/ })
          .max(300)
          .optional(),
      }),
    )
    .output(organisation),
  list: base
    .route({
      method: 'GET',
      path: '/organisations',
      tags: ['organisations'],
      summary: 'Organisations of this hub',
    })
    .input(pageQuery)
    .output(pageOf(organisation)),
  get: base
    .route({
      method: 'GET',
      path: '/organisations/{slug}',
      tags: ['organisations'],
      summary: 'One organisation',
    })
    .input(z.object({ slug }))
    .output(organisation),
};

/** What each member and organisation gave to a project; made from the ledger. */
export const credit = z.object({
  username: slug.optional(),
  organisation: slug.optional(),
  datasets: z.number().int(),
  recipes: z.number().int(),
  runs: z.number().int(),
  models: z.number().int(),
  reviews: z.number().int().describe('access decisions made'),
  computeSeconds: z.number(),
});
export type Credit = z.infer<typeof credit>;

export const projects = {
  create: base
    .route({
      method: 'POST',
      path: '/projects',
      tags: ['projects'],
      summary: 'Start a project; you become its owner',
    })
    .input(
      z.object({
        slug,
        title,
        description: z.string().max(4000).default(''),
        visibility: z.enum(['public', 'private']).default('private'),
        organisations: z.array(slug).max(50).default([]),
      }),
    )
    .output(project),
  list: base
    .route({ method: 'GET', path: '/projects', tags: ['projects'], summary: 'Projects I can see' })
    .input(pageQuery)
    .output(pageOf(project)),
  get: base
    .route({ method: 'GET', path: '/projects/{slug}', tags: ['projects'], summary: 'One project' })
    .input(z.object({ slug }))
    .output(project),
  update: base
    .route({
      method: 'PATCH',
      path: '/projects/{slug}',
      tags: ['projects'],
      summary: 'Change title, description, visibility, organisations',
    })
    .input(
      z.object({
        slug,
        title: title.optional(),
        description: z.string().max(4000).optional(),
        visibility: z.enum(['public', 'private']).optional(),
        organisations: z.array(slug).max(50).optional(),
      }),
    )
    .output(project),
  credits: base
    .route({
      method: 'GET',
      path: '/projects/{slug}/credits',
      tags: ['projects'],
      summary: 'Who contributed what',
    })
    .input(z.object({ slug }))
    .output(z.array(credit)),
};

export const members = {
  list: base
    .route({
      method: 'GET',
      path: '/namespaces/{namespace}/members',
      tags: ['members'],
      summary: 'Members of an organisation or project',
    })
    .input(z.object({ namespace: slug }))
    .output(z.array(member)),
  set: base
    .route({
      method: 'PUT',
      path: '/namespaces/{namespace}/members/{username}',
      tags: ['members'],
      summary: 'Add a member or change their role',
    })
    .input(z.object({ namespace: slug, username: slug, role }))
    .output(member),
  remove: base
    .route({
      method: 'DELETE',
      path: '/namespaces/{namespace}/members/{username}',
      tags: ['members'],
      summary: 'Remove a member, or leave',
    })
    .input(z.object({ namespace: slug, username: slug }))
    .output(z.object({})),
};
