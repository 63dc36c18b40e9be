import { afterAll, beforeAll, expect, it } from 'vitest';
import { record } from '../ledger/record.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub } from '../testing.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

it('hides private projects from strangers and shows public ones to everybody signed in', async () => {
  const founder = await hub.person();
  const stranger = await hub.person();
  const hidden = await hub.project(founder);
  const open = await hub.project(founder, { visibility: 'public' });
  await refused('NOT_FOUND', stranger.api.projects.get({ slug: hidden }));
  await refused('NOT_FOUND', stranger.api.members.list({ namespace: hidden }));
  await refused('NOT_FOUND', (await hub.owner()).api.projects.get({ slug: hidden }));
  expect(await stranger.api.projects.get({ slug: open })).not.toHaveProperty('myRole');
  const listed = (await stranger.api.projects.list({})).items.map((project) => project.slug);
  expect(listed).toContain(open);
  expect(listed).not.toContain(hidden);
  await refused('NOT_ALLOWED', stranger.api.projects.update({ slug: open, title: 'mine' }));
  await refused('NOT_FOUND', stranger.api.projects.update({ slug: hidden, title: 'mine' }));
  expect(await founder.api.projects.get({ slug: hidden })).toMatchObject({ myRole: 'owner', members: 1 });
});

it('changes a project, with organisations that exist', async () => {
  const founder = await hub.person();
  const organisation = await hub.organisation(founder);
  const slug = await hub.project(founder);
  const changed = await founder.api.projects.update({ slug, title: 'New', organisations: [organisation] });
  expect(changed).toMatchObject({
    title: 'New',
    organisations: [{ slug: organisation }],
    visibility: 'private',
  });
  await refused('BAD_INPUT', founder.api.projects.update({ slug, organisations: ['nowhere'] }), {
    field: 'organisations',
  });
  const maintainer = await hub.member(founder, slug, 'maintainer');
  await maintainer.api.projects.update({ slug, description: 'by a maintainer' });
  await refused('NOT_ALLOWED', maintainer.api.projects.update({ slug, visibility: 'public' }));
});

it('keeps the ladder of roles', async () => {
  const founder = await hub.person();
  const slug = await hub.organisation(founder);
  const maintainer = await hub.member(founder, slug, 'maintainer');
  const contributor = await hub.member(founder, slug, 'contributor');
  const newcomer = await hub.person();
  const set = (by: typeof founder, username: string, role: 'reader' | 'maintainer' | 'owner') =>
    by.api.members.set({ namespace: slug, username, role });
  await refused('NOT_ALLOWED', set(contributor, newcomer.username, 'reader'));
  await refused('NOT_ALLOWED', set(maintainer, newcomer.username, 'owner'));
  await refused('NOT_ALLOWED', set(maintainer, founder.username, 'reader'));
  await refused(
    'NOT_ALLOWED',
    maintainer.api.members.remove({ namespace: slug, username: founder.username }),
  );
  expect(await set(maintainer, newcomer.username, 'maintainer')).toMatchObject({ role: 'maintainer' });
  await newcomer.api.members.remove({ namespace: slug, username: newcomer.username });
  await refused('NOT_FOUND', newcomer.api.members.remove({ namespace: slug, username: newcomer.username }));
  await refused('NOT_FOUND', set(founder, 'nobody', 'reader'));
  await refused(
    'BAD_INPUT',
    founder.api.members.set({ namespace: founder.username, username: newcomer.username, role: 'reader' }),
  );
});

it('never loses the last owner, even when two leave at once', async () => {
  const first = await hub.person();
  const slug = await hub.project(first);
  const second = await hub.member(first, slug, 'owner');
  const leave = ({ api, username }: typeof first) => api.members.remove({ namespace: slug, username });
  const results = await Promise.allSettled([leave(first), leave(second)]);
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  const left = results[0]?.status === 'rejected' ? first : second;
  await refused('CONFLICT', leave(left));
  await refused(
    'CONFLICT',
    left.api.members.set({ namespace: slug, username: left.username, role: 'reader' }),
  );
  expect(await left.api.members.list({ namespace: slug })).toMatchObject([
    { username: left.username, role: 'owner' },
  ]);
});

it('credits people by their deeds, and institutions by what they lend, from the ledger', async () => {
  const founder = await hub.person();
  const project = await hub.project(founder);
  const helper = await hub.member(founder, project, 'contributor');
  const lender = await hub.person();
  const institute = await hub.organisation(lender);
  const path = `${institute}/lent`;
  await lender.api.repositories.create({
    kind: 'dataset',
    namespace: institute,
    name: 'lent',
    visibility: 'gated',
  });
  const asked = await helper.api.grants.request({
    resource: { kind: 'dataset', path },
    subject: { kind: 'project', slug: project },
    purpose: 'to compare',
    acceptTerms: true,
  });
  await lender.api.grants.decide({ id: asked.id, decision: 'grant' });
  await helper.api.repositories.create({ kind: 'model', namespace: project, name: 'small' });
  await hub.services.db.transaction((tx) =>
    record(tx, {
      actor: { kind: 'site', siteId: '', siteName: 'cluster' },
      action: 'job.finish',
      namespace: project,
      subject: 'job',
      details: { kind: 'train', state: 'succeeded', computeSeconds: 12.5, organisation: institute },
    }),
  );
  const none = { datasets: 0, recipes: 0, runs: 0, models: 0, reviews: 0, computeSeconds: 0 };
  const credits = await founder.api.projects.credits({ slug: project });
  expect(credits).toHaveLength(3);
  expect(credits).toEqual(
    expect.arrayContaining([
      { ...none, organisation: institute, datasets: 1, computeSeconds: 12.5 },
      { ...none, username: helper.username, models: 1 },
      { ...none, username: lender.username, reviews: 1 },
    ]),
  );
});
