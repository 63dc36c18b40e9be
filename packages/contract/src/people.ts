import { z } from 'zod';
import { base } from './base.ts';
import { id, pageOf, pageQuery, role, slug, timestamp } from './names.ts';

export const person = z.object({
  username: slug,
  name: z.string(),
  biography: z.string().optional(),
  expertise: z.array(z.string()),
  languages: z.array(z.string()),
  orcid: z.string().optional(),
  /** Owner of the whole hub. */
  administrator: z.boolean(),
  createdAt: timestamp,
});
export type Person = z.infer<typeof person>;

const password = z.string().min(10, 'at least 10 characters').max(200);
const newPerson = z.object({ username: slug, name: z.string().min(1).max(120), password });
const profile = z.object({
  name: z.string().min(1).max(120),
  biography: z.string().max(2000),
  expertise: z.array(z.string().min(1).max(60)).max(30),
  languages: z.array(z.string().min(1).max(40)).max(20),
  orcid: z.string().regex(/^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$/, 'an ORCID iD has the form 0000-0000-0000-000X'),
});
const membership = z.object({
  namespace: slug,
  kind: z.enum(['organisation', 'project']),
  title: z.string(),
  role,
});
const accessToken = z.object({
  id,
  name: z.string(),
  scope: z.enum(['read', 'write']),
  createdAt: timestamp,
  expiresAt: timestamp.optional(),
  lastUsedAt: timestamp.optional(),
});
const invitation = z.object({
  id,
  url: z.string(),
  namespace: slug.optional(),
  namespaceTitle: z.string().optional(),
  role: role.optional(),
  invitedBy: slug,
  expiresAt: timestamp,
});

export const people = {
  /** The first person, by the one-time code that the hub printed on its console. Signs them in (cookie). */
  setup: base
    .route({
      method: 'POST',
      path: '/setup',
      tags: ['people'],
      summary: 'Become the owner with the one-time set-up code',
    })
    .input(newPerson.extend({ code: z.string().min(8).max(100) }))
    .output(person),
  signIn: base
    .route({
      method: 'POST',
      path: '/sessions',
      tags: ['people'],
      summary: 'Sign in with user name and password (sets a cookie)',
    })
    .input(z.object({ username: slug, password: z.string().max(200) }))
    .output(person),
  signOut: base
    .route({ method: 'DELETE', path: '/sessions/current', tags: ['people'], summary: 'Sign out' })
    .output(z.object({})),
  me: base
    .route({ method: 'GET', path: '/me', tags: ['people'], summary: 'Who am I, and where do I belong' })
    .output(z.object({ person, memberships: z.array(membership) })),
  updateMe: base
    .route({ method: 'PATCH', path: '/me', tags: ['people'], summary: 'Change my profile' })
    .input(profile.partial())
    .output(person),
  list: base
    .route({ method: 'GET', path: '/people', tags: ['people'], summary: 'People of this hub' })
    .input(pageQuery.extend({ search: z.string().max(100).optional() }))
    .output(pageOf(person)),
  get: base
    .route({ method: 'GET', path: '/people/{username}', tags: ['people'], summary: 'One person' })
    .input(z.object({ username: slug }))
    .output(person.extend({ memberships: z.array(membership) })),
  invite: base
    .route({
      method: 'POST',
      path: '/invitations',
      tags: ['people'],
      summary: 'Invite somebody, optionally into a namespace',
    })
    .input(
      z.object({
        namespace: slug.optional(),
        role: role.optional(),
        days: z.number().int().min(1).max(30).default(7),
      }),
    )
    .output(invitation),
  invitation: base
    .route({
      method: 'GET',
      path: '/invitations/{code}',
      tags: ['people'],
      summary: 'What an invitation is for',
    })
    .input(z.object({ code: z.string().min(8).max(100) }))
    .output(invitation.omit({ url: true })),
  acceptInvitation: base
    .route({
      method: 'POST',
      path: '/invitations/{code}/accept',
      tags: ['people'],
      summary: 'Sign up with an invitation, or join when signed in',
    })
    .input(newPerson.partial().extend({ code: z.string().min(8).max(100) }))
    .output(person),
  tokens: base
    .route({ method: 'GET', path: '/tokens', tags: ['people'], summary: 'My access tokens' })
    .output(z.array(accessToken)),
  createToken: base
    .route({
      method: 'POST',
      path: '/tokens',
      tags: ['people'],
      summary: 'Make an access token; its secret is shown once',
    })
    .input(
      z.object({
        name: z.string().min(1).max(80),
        scope: z.enum(['read', 'write']).default('write'),
        expiresInDays: z.number().int().min(1).max(3650).optional(),
      }),
    )
    .output(accessToken.extend({ token: z.string() })),
  revokeToken: base
    .route({ method: 'DELETE', path: '/tokens/{id}', tags: ['people'], summary: 'Revoke a token' })
    .input(z.object({ id }))
    .output(z.object({})),
};
