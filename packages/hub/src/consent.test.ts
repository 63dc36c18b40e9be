import type { Repository, RepositoryKind } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireConsent } from './consent.ts';
import { grants } from './grants/table.ts';
import { authenticate } from './people/authenticate.ts';
import { authorizeRepository } from './policy.ts';
import { repositories } from './repositories/table.ts';
import { refused } from './testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from './testing.ts';

let hub: TestHub;
let lender: TestPerson;
let borrower: TestPerson;
let institute: string;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  lender = await hub.person();
  borrower = await hub.person();
  institute = await hub.organisation(lender);
  project = await hub.project(borrower);
});
afterAll(() => hub.stop());

type Options = Partial<Pick<Repository, 'visibility' | 'sources'>> & {
  kind?: RepositoryKind;
  terms?: Partial<Repository['terms']>;
};
let made = 0;

async function insert(namespace: string, { kind = 'dataset', terms, ...rest }: Options = {}) {
  const name = `data-${++made}`;
  const [row] = await hub.services.db
    .insert(repositories)
    .values({
      kind,
      namespace,
      name,
      visibility: 'gated',
      terms: { text: '', purposes: [], ...terms },
      ...rest,
    })
    .returning();
  if (!row) throw new Error('no row');
  return { path: `${namespace}/${name}`, row };
}

async function ask(person: TestPerson, path: string, subject: string, more: object = {}) {
  return person.api.grants.request({
    resource: { kind: 'dataset', path },
    subject: { kind: subject === person.username ? 'person' : 'project', slug: subject },
    purpose: 'to learn about flowers',
    acceptTerms: true,
    ...more,
  });
}

/** Reads as the repository routes do, which call the policy with who asks. */
async function reads(person: TestPerson, path: string, kind: RepositoryKind = 'dataset') {
  const actor = await authenticate(hub.services.db, `Bearer ${person.token}`, undefined);
  const request = {
    id: '',
    address: '',
    session: undefined,
    setSession: () => undefined,
    retryAfter: () => undefined,
  };
  return authorizeRepository({ ...hub.services, actor, request }, kind, path, 'read');
}

it('opens gated files by grant, to every member of the project that holds it', async () => {
  const { path } = await insert(institute);
  const member = await hub.member(borrower, project, 'reader');
  await refused('CONSENT_NEEDED', reads(member, path));
  const asked = await ask(borrower, path, project);
  expect(asked).toMatchObject({ state: 'requested', requestedBy: borrower.username });
  await refused('ALREADY_EXISTS', ask(borrower, path, project));
  await refused('CONSENT_NEEDED', reads(member, path));
  expect(await lender.api.grants.decide({ id: asked.id, decision: 'grant' })).toMatchObject({
    state: 'granted',
    decidedBy: lender.username,
  });
  await reads(member, path);
  await lender.api.grants.revoke({ id: asked.id, note: 'the study is over' });
  await refused('CONSENT_NEEDED', reads(member, path));
  await refused('CONFLICT', lender.api.grants.revoke({ id: asked.id }));
});

it('keeps the rules of all ancestors on what is derived', async () => {
  const { path, row } = await insert(institute);
  const asked = await ask(borrower, path, project);
  await lender.api.grants.decide({ id: asked.id, decision: 'grant' });
  const prepared = await insert(project, { sources: [{ dataset: path, revision: 'main' }] });
  const again = await insert(project, {
    visibility: 'public',
    sources: [{ dataset: prepared.path, revision: 'main' }],
  });
  await reads(borrower, again.path);
  await requireConsent(hub.services.db, { namespace: project, repository: again.row });

  const stranger = await hub.person();
  await refused('CONSENT_NEEDED', reads(stranger, again.path));
  await lender.api.grants.revoke({ id: asked.id });
  await refused('CONSENT_NEEDED', reads(borrower, again.path));
  await refused(
    'CONSENT_NEEDED',
    requireConsent(hub.services.db, { namespace: project, repository: again.row }),
  );

  await hub.services.db.delete(repositories).where(eq(repositories.id, row.id));
  await refused('CONSENT_NEEDED', reads(borrower, again.path));
});

it('ends a grant by time', async () => {
  const { path } = await insert(institute);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const asked = await ask(borrower, path, project, { until });
  await lender.api.grants.decide({ id: asked.id, decision: 'grant' });
  await reads(borrower, path);
  await hub.services.db
    .update(grants)
    .set({ until: new Date(Date.now() - 1000) })
    .where(eq(grants.id, asked.id));
  await refused('CONSENT_NEEDED', reads(borrower, path));
  const expired = await borrower.api.grants.list({ state: 'expired' });
  expect(expired.items.map((grant) => grant.id)).toContain(asked.id);
  await refused('BAD_INPUT', ask(borrower, path, project, { until: '2001-01-01T00:00:00Z' }), {
    field: 'until',
  });
});

it('holds jobs to the algorithms and sites of terms and grants', async () => {
  const { db } = hub.services;
  const { path, row } = await insert(institute, { terms: { algorithms: ['mlp', 'vae'], sites: ['a', 'b'] } });
  const asked = await ask(borrower, path, project);
  await lender.api.grants.decide({ id: asked.id, decision: 'grant', algorithms: ['mlp'] });
  expect(await requireConsent(db, { namespace: project, repository: row, algorithm: 'mlp' })).toEqual({
    sites: ['a', 'b'],
  });
  await refused(
    'CONSENT_NEEDED',
    requireConsent(db, { namespace: project, repository: row, algorithm: 'vae' }),
  );
  await refused(
    'CONSENT_NEEDED',
    requireConsent(db, { namespace: project, repository: row, algorithm: 'gpt' }),
  );
  // A grant to the project is not one to its members' own namespaces.
  await refused('CONSENT_NEEDED', requireConsent(db, { namespace: borrower.username, repository: row }));

  const elsewhere = await insert(project, {
    terms: { sites: ['b', 'c'] },
    sources: [{ dataset: path, revision: 'main' }],
  });
  expect(await requireConsent(db, { namespace: project, repository: elsewhere.row })).toEqual({
    sites: ['b'],
  });
  const nowhere = await insert(project, {
    terms: { sites: ['c'] },
    sources: [{ dataset: path, revision: 'main' }],
  });
  await refused('CONSENT_NEEDED', requireConsent(db, { namespace: project, repository: nowhere.row }));
});

it('hides private data, from administrators too', async () => {
  const { path } = await insert(institute, { visibility: 'private' });
  const owner = await hub.owner();
  await refused('NOT_FOUND', reads(borrower, path));
  await refused('NOT_FOUND', reads(owner, path));
  await refused('NOT_FOUND', ask(borrower, path, project));
  await reads(lender, path);
});

it('lets only those who look after the data decide, and contributors ask', async () => {
  const { path } = await insert(institute);
  const asked = await ask(borrower, path, project);
  const stranger = await hub.person();
  for (const person of [borrower, stranger, await hub.member(lender, institute, 'contributor')])
    await refused('NOT_ALLOWED', person.api.grants.decide({ id: asked.id, decision: 'grant' }));
  await refused('NOT_FOUND', ask(stranger, path, project));
  await refused('NOT_ALLOWED', ask(await hub.member(borrower, project, 'reader'), path, project));
  const listed = async (person: TestPerson) => (await person.api.grants.list({ dataset: path })).items.length;
  expect([await listed(lender), await listed(borrower), await listed(stranger)]).toEqual([1, 1, 0]);
  expect(await ask(lender, path, lender.username)).toMatchObject({
    state: 'granted',
    decidedBy: lender.username,
  });
});
