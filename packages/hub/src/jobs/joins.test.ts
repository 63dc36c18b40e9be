import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinWorker, push, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let alice: TestPerson;
let owner: TestPerson;
let project: string;
let institute: string;
let worker: TestWorker;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  owner = await hub.person();
  project = await hub.project(alice);
  institute = await hub.organisation(owner);
  worker = await joinWorker(hub, { kinds: ['prepare'] });
  await push(hub, alice, `${project}/fields`, { 'fields.csv': 'soil,yield\nS0,1\n' });
  await push(
    hub,
    owner,
    `${institute}/soils`,
    { 'soils.csv': 'soil,clay\nS0,10\n' },
    { visibility: 'gated' },
  );
});
afterAll(() => hub.stop());

const recipeOf = (join: object) => ({ target: 'yield', steps: [{ join: { on: 'soil', ...join } as never }] });
const prepare = (join: object = { dataset: `${institute}/soils` }, more: object = {}) =>
  alice.api.jobs.prepare({
    project,
    dataset: `${project}/fields`,
    recipe: recipeOf(join),
    output: `${project}/prepared`,
    ...more,
  });

async function consent() {
  const { id } = await alice.api.grants.request({
    resource: { kind: 'dataset', path: `${institute}/soils` },
    subject: { kind: 'project', slug: project },
    purpose: 'to learn',
    acceptTerms: true,
  });
  await owner.api.grants.decide({ id, decision: 'grant' });
  return id;
}

/** The next preparation with a recipe; profiles of what was pushed wait in the same queue. */
async function leaseOf(id: string) {
  for (;;) {
    const lease = await worker.lease(['prepare']);
    if (lease === undefined || lease.id === id) return lease;
  }
}

it('refuses a join of data that the person, or the project, has no consent to', async () => {
  await refused('CONSENT_NEEDED', prepare());
  // The person alone may read; a grant to one member does not open the data to the project.
  const { id } = await alice.api.grants.request({
    resource: { kind: 'dataset', path: `${institute}/soils` },
    subject: { kind: 'person', slug: alice.username },
    purpose: 'to learn',
    acceptTerms: true,
  });
  await owner.api.grants.decide({ id, decision: 'grant' });
  await refused('CONSENT_NEEDED', prepare());
  await owner.api.grants.revoke({ id });
});

it('gives the files of both at the commits they had, and both stay its sources', async () => {
  await consent();
  const { id } = await prepare();
  await push(hub, owner, `${institute}/soils`, { 'later.csv': 'soil,clay\nS1,20\n' });
  const lease = await leaseOf(id);
  if (lease?.payload.kind !== 'prepare') throw new Error('no preparation to lease');
  const { dataset, joins, recipe } = lease.payload;
  const [soils] = joins ?? [];
  expect(joins).toHaveLength(1);
  expect(soils).toMatchObject({ kind: 'dataset', path: `${institute}/soils` });
  expect(soils?.files.map(({ path }) => path)).toEqual(['soils.csv']);
  expect(recipe).toEqual(recipeOf({ dataset: `${institute}/soils`, revision: soils?.commit }));
  const file = await fetch(new URL(soils?.files[0]?.url ?? '', hub.url));
  expect(await file.text()).toBe('soil,clay\nS0,10\n');

  const sha256 = await worker.put(lease, 'rows');
  const files = ['fitted.json', 'train.parquet', 'test.parquet'].map((path) => ({ path, sha256 }));
  const result = { kind: 'prepare' as const, profile: {}, rows: [], files };
  await worker.api.worker.complete({ ...lease, result });
  const made = await alice.api.repositories.get({ kind: 'dataset', namespace: project, name: 'prepared' });
  expect(made.sources).toEqual([
    { dataset: `${project}/fields`, revision: dataset.commit },
    { dataset: `${institute}/soils`, revision: soils?.commit },
  ]);
  // Consent follows both: what was made of the two may not be learned from without the second.
  const [grant] = (await owner.api.grants.list({ state: 'granted' })).items;
  await owner.api.grants.revoke({ id: grant?.id ?? '' });
  await refused(
    'CONSENT_NEEDED',
    alice.api.runs.create({
      project,
      algorithm: 'mlp',
      dataset: `${project}/prepared`,
      model: `${project}/model`,
    }),
  );
});

it('stops a job whose second dataset was withdrawn before it began', async () => {
  const grant = await consent();
  const { id } = await prepare();
  await owner.api.grants.revoke({ id: grant });
  expect(await leaseOf(id)).toBeUndefined();
  const job = await alice.api.jobs.get({ id });
  expect(job).toMatchObject({ state: 'failed', error: { code: 'CONSENT_NEEDED' } });
  expect(job.error?.message).toContain(`${institute}/soils`);
});

it('takes a join onto itself once, and refuses one that names nothing, or what it writes', async () => {
  const { id } = await prepare({ dataset: `${project}/fields`, prefix: 'other_' });
  const lease = await leaseOf(id);
  expect(lease?.payload).toMatchObject({ joins: [{ path: `${project}/fields` }] });
  await refused('BAD_INPUT', prepare({ dataset: 'soils' }), { field: 'recipe' });
  await refused('NOT_FOUND', prepare({ dataset: `${institute}/nowhere` }));
  await refused('NOT_FOUND', prepare({ dataset: `${project}/fields`, revision: 'nowhere' }));
  await refused('BAD_INPUT', prepare({ dataset: `${project}/prepared` }), { field: 'output' });
});
