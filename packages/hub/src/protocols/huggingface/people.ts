import { HubError } from '@banyan/contract';
import { and, count, eq, inArray } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import { iso } from '../../db/present.ts';
import type { namespaces } from '../../people/namespaces.ts';
import { readMe, readPerson } from '../../people/profiles.ts';
import { hashSecret } from '../../people/secrets.ts';
import { tokens } from '../../people/table.ts';
import { authorizeNamespace, signedIn, visibleRepositories } from '../../policy.ts';
import { listMembers } from '../../projects/members.ts';
import { repositories } from '../../repositories/table.ts';

const avatarUrl = '/banyan.svg';

/** Who holds this token. Clients look at `auth` before anything else: it is there for browser sessions too. */
export async function whoAmI(ctx: Context, authorization: string | undefined) {
  const me = signedIn(ctx);
  const { person, memberships } = await readMe(ctx);
  return {
    type: 'user',
    id: me.id,
    name: person.username,
    fullname: person.name,
    email: null,
    emailVerified: false,
    canPay: false,
    isPro: false,
    periodEnd: null,
    avatarUrl,
    orgs: memberships.map(({ namespace, title, role }) => ({
      type: 'org',
      id: namespace,
      name: namespace,
      fullname: title,
      email: null,
      canPay: false,
      periodEnd: null,
      avatarUrl,
      isEnterprise: false,
      roleInOrg: roleNames[role],
    })),
    auth: { type: 'access_token', accessToken: await describeToken(ctx, me.scope, authorization) },
  };
}

const roleNames = {
  reader: 'read',
  contributor: 'contributor',
  maintainer: 'admin',
  owner: 'admin',
} as const;

async function describeToken(ctx: Context, role: 'read' | 'write', authorization: string | undefined) {
  const secret = authorization?.split(/\s+/)[1];
  const [token] =
    secret === undefined
      ? []
      : await ctx.db
          .select()
          .from(tokens)
          .where(eq(tokens.secretHash, hashSecret(secret)));
  return {
    displayName: token?.name ?? 'browser',
    role,
    createdAt: iso(token?.createdAt ?? new Date()),
  };
}

export async function describeUser(ctx: Context, username: string) {
  const person = await readPerson(ctx, username);
  return {
    type: 'user',
    user: person.username,
    fullname: person.name,
    avatarUrl,
    isPro: false,
    details: person.biography ?? '',
    orgs: person.memberships.map(({ namespace, title }) => ({ name: namespace, fullname: title, avatarUrl })),
    ...(await countRepositories(ctx, username)),
  };
}

/** Organisations and projects: what a name before the slash may stand for beside a person. */
export async function describeOrganisation(ctx: Context, slug: string) {
  const { title } = await findOrganisation(ctx, slug);
  const members = await listMembers(ctx, slug);
  return {
    type: 'org',
    name: slug,
    fullname: title,
    avatarUrl,
    isVerified: false,
    numUsers: members.length,
    ...(await countRepositories(ctx, slug)),
  };
}

export async function describeMembers(ctx: Context, slug: string) {
  await findOrganisation(ctx, slug);
  const members = await listMembers(ctx, slug);
  return members.map(({ username, name }) => ({
    user: username,
    fullname: name,
    avatarUrl,
    isPro: false,
    type: 'user',
  }));
}

async function findOrganisation(ctx: Context, slug: string): Promise<typeof namespaces.$inferSelect> {
  const { namespace } = await authorizeNamespace(ctx, slug, 'see');
  if (namespace.kind === 'person')
    throw new HubError('NOT_FOUND', `"${slug}" is a person, not an organisation.`, { field: 'organization' });
  return namespace;
}

async function countRepositories(ctx: Context, namespace: string) {
  const rows = await ctx.db
    .select({ kind: repositories.kind, total: count() })
    .from(repositories)
    .where(
      and(
        eq(repositories.namespace, namespace),
        inArray(repositories.kind, ['model', 'dataset']),
        visibleRepositories(signedIn(ctx)),
      ),
    )
    .groupBy(repositories.kind);
  const of = (kind: string) => rows.find((row) => row.kind === kind)?.total ?? 0;
  return { numModels: of('model'), numDatasets: of('dataset'), numSpaces: 0 };
}
