import { afterAll, beforeAll, expect, it } from 'vitest';
import { reap } from '../jobs/reaper.ts';
import { joinWorker, prepared, push, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let lender: TestPerson;
let borrower: TestPerson;
let institute: string;
let project: string;
let worker: TestWorker;
beforeAll(async () => {
  hub = await startTestHub();
  lender = await hub.person();
  borrower = await hub.person();
  institute = await hub.organisation(lender);
  project = await hub.project(borrower);
  worker = await joinWorker(hub);
  await push(hub, borrower, `${project}/measured`, prepared);
});
afterAll(() => hub.stop());

let made = 0;
async function gatedModel(): Promise<string> {
  const path = `${institute}/model-${++made}`;
  await push(hub, lender, path, { 'model.onnx': 'weights' }, { kind: 'model', visibility: 'gated' });
  return path;
}

const ask = (path: string, subject: { kind: 'person' | 'project'; slug: string }) =>
  borrower.api.grants.request({
    resource: { kind: 'model', path },
    subject,
    purpose: 'to compare answers',
    acceptTerms: true,
  });

const deploy = (model: string, name: string, more: object = {}) =>
  borrower.api.deployments.create({ model, project, name, ...more });
const evaluate = (model: string) =>
  borrower.api.jobs.evaluate({ project, model, dataset: `${project}/measured` });
const explain = (model: string) => borrower.api.jobs.explain({ project, model });

it('refuses to serve, score and explain a gated model without a grant to the project', async () => {
  const model = await gatedModel();
  for (const use of [() => deploy(model, 'early'), () => evaluate(model), () => explain(model)])
    await refused('CONSENT_NEEDED', use());

  // A grant to a person opens the files to them, not the model to their project.
  const own = await ask(model, { kind: 'person', slug: borrower.username });
  expect(own).toMatchObject({ resource: { kind: 'model', path: model }, state: 'requested' });
  await lender.api.grants.decide({ id: own.id, decision: 'grant' });
  await borrower.api.repositories.tree({
    kind: 'model',
    namespace: institute,
    name: model.split('/')[1] ?? '',
    recursive: true,
  });
  await refused('CONSENT_NEEDED', deploy(model, 'early'));
  await refused('CONSENT_NEEDED', evaluate(model));

  const asked = await ask(model, { kind: 'project', slug: project });
  await lender.api.grants.decide({ id: asked.id, decision: 'grant' });
  expect((await evaluate(model)).state).toBe('queued');
  // What a grant opens is opened to its holder, not to the public.
  await refused('CONSENT_NEEDED', deploy(model, 'open', { visibility: 'public' }));
  // An explanation is committed to the model: its own people alone may order one.
  await refused('NOT_ALLOWED', explain(model));
});

it('stops what waits and what runs when the grant ends', async () => {
  const model = await gatedModel();
  const asked = await ask(model, { kind: 'project', slug: project });
  await lender.api.grants.decide({ id: asked.id, decision: 'grant' });
  const running = await deploy(model, 'runs');
  const held = await worker.lease(['serve']);
  if (held?.id !== running.job) throw new Error('another job');
  const waiting = await deploy(model, 'waits');
  await reap(hub.services);
  expect(await worker.api.worker.heartbeat(held)).toMatchObject({ cancel: false });

  await lender.api.grants.revoke({ id: asked.id });
  await reap(hub.services);
  expect(await worker.api.worker.heartbeat(held)).toMatchObject({ cancel: true });
  expect(await worker.lease(['serve'])).toBeUndefined();
  expect(await borrower.api.jobs.get({ id: waiting.job })).toMatchObject({
    state: 'failed',
    error: { code: 'CONSENT_NEEDED' },
  });
});

it('lists grants by model, apart from a dataset of the same name', async () => {
  const model = await gatedModel();
  await push(hub, lender, model, { 'a.csv': 'a\n1\n' }, { visibility: 'gated' });
  const asked = await ask(model, { kind: 'project', slug: project });
  const ids = async (query: object) =>
    (await lender.api.grants.list(query)).items.map((grant) => [grant.id, grant.resource.kind]);
  expect(await ids({ model })).toEqual([[asked.id, 'model']]);
  expect(await ids({ dataset: model })).toEqual([]);
  // The ledger tells which it was.
  const lines = await lender.api.ledger.list({ namespace: institute });
  expect(lines.items.find((line) => line.subject === asked.id)?.details).toMatchObject({
    kind: 'model',
    resource: model,
  });
});
