import { afterAll, beforeAll, expect, it } from 'vitest';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub } from '../testing.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

it('has a site of its own, run by the administrators', async () => {
  const { api } = await hub.owner();
  expect(await api.sites.get({ name: 'local' })).toMatchObject({ canAdminister: true, workers: [] });
  await api.sites.update({ name: 'local', policy: { maxJobHours: 2 } });
  const other = await hub.person();
  expect(await other.api.sites.get({ name: 'local' })).toMatchObject({
    canAdminister: false,
    policy: { maxJobHours: 2 },
  });
  await refused('NOT_ALLOWED', other.api.sites.update({ name: 'local', title: 'mine' }));
  await refused('NOT_ALLOWED', other.api.sites.createToken({ name: 'local' }));
});

it('lends an organisation’s compute, with tokens for its workers alone', async () => {
  const founder = await hub.person();
  const organisation = await hub.organisation(founder);
  const reader = await hub.member(founder, organisation, 'reader');
  await refused('NOT_ALLOWED', reader.api.sites.create({ name: 'cluster', organisation }));
  await founder.api.sites.create({ name: 'cluster', organisation, policy: { kinds: ['train'] } });
  await refused('ALREADY_EXISTS', founder.api.sites.create({ name: 'cluster', organisation }), {
    field: 'name',
  });
  const { token } = await founder.api.sites.createToken({ name: 'cluster', expiresInDays: 1 });
  const worker = hub.client(token);
  await refused('NOT_ALLOWED', worker.people.me());
  await refused('NOT_ALLOWED', worker.projects.list({}));
  const names = (await reader.api.sites.list({})).items.map((site) => site.name);
  expect(names).toEqual(['cluster', 'local']);
});

it('grants the use of a site like that of data', async () => {
  const founder = await hub.person();
  const organisation = await hub.organisation(founder);
  await founder.api.sites.create({ name: 'farm', organisation });
  const asker = await hub.person();
  const project = await hub.project(asker);
  const asked = await asker.api.grants.request({
    resource: { kind: 'site', name: 'farm' },
    subject: { kind: 'project', slug: project },
    purpose: 'to train there',
    acceptTerms: true,
  });
  expect(asked.state).toBe('requested');
  await refused('NOT_ALLOWED', asker.api.grants.decide({ id: asked.id, decision: 'grant' }));
  const denied = await founder.api.grants.decide({ id: asked.id, decision: 'deny', note: 'full until May' });
  expect(denied).toMatchObject({ state: 'denied', note: 'full until May' });
});
