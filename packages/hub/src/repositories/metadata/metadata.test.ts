import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { push } from '../../testing/flow.ts';
import { refused } from '../../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';
import { describeOldRepositories } from '../card/describe.ts';
import { repositories } from '../table.ts';

let hub: TestHub;
let alice: TestPerson;
let stranger: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person({ username: 'alice' });
  stranger = await hub.person();
});
afterAll(() => hub.stop());

const at = (name: string) => ({ kind: 'dataset' as const, namespace: 'alice', name });
const card = `---
license: cc0-1.0
tags: [sea]
---
# Waves

Heights of waves.

\`\`\`bibtex
@article{waves, title = {Waves}, doi = {10.1/x}}
\`\`\`
`;

it('keeps what lists show of a card, finds by it, and reads the cards of old', async () => {
  await push(hub, alice, 'alice/waves', { 'README.md': card }, { visibility: 'public' });
  const shown = { summary: 'Heights of waves.', tags: ['sea', 'license:cc0-1.0'], rights: { id: 'CC0-1.0' } };
  expect(await stranger.api.repositories.get(at('waves'))).toMatchObject(shown);
  const found = async (tags: string[]) =>
    (await stranger.api.repositories.list({ tags })).items.map(({ path }) => path);
  expect(await found(['sea', 'license:cc0-1.0'])).toEqual(['alice/waves']);
  expect(await found(['sea', 'license:mit'])).toEqual([]);

  const { db } = hub.services;
  const forget = { card: null, tags: [], summary: '' };
  await db.update(repositories).set(forget).where(eq(repositories.name, 'waves'));
  expect(await describeOldRepositories(hub.services)).toBe(1);
  expect(await stranger.api.repositories.get(at('waves'))).toMatchObject(shown);

  await push(hub, alice, 'alice/waves', { 'README.md': '# Waves\n\nNow without a head.' });
  expect(await stranger.api.repositories.get(at('waves'))).toMatchObject({
    summary: 'Now without a head.',
    tags: [],
  });
});

it('says that field and card name two licences', async () => {
  await push(hub, alice, 'alice/two', { 'README.md': card });
  await alice.api.repositories.update({ ...at('two'), licence: 'mit' });
  expect((await alice.api.repositories.get(at('two'))).rights).toMatchObject({
    id: 'MIT',
    cardSays: 'cc0-1.0',
  });
});

it('lets those who may not read the files cite, and no more', async () => {
  await push(
    hub,
    alice,
    'alice/gated',
    { 'README.md': card, 'secret.csv': 'a\n1\n' },
    { visibility: 'gated' },
  );
  const cited = await stranger.api.metadata.cite(at('gated'));
  expect(cited.own).toMatch(/^@article\{waves/);
  expect(JSON.stringify(cited)).not.toContain('secret.csv');
  await refused('CONSENT_NEEDED', stranger.api.metadata.croissant(at('gated')));
  await refused('CONSENT_NEEDED', stranger.api.metadata.startCard(at('gated')));
  const archive = await fetch(`${hub.url}/api/export/dataset/alice/gated/main.zip`, {
    headers: { authorization: `Bearer ${stranger.token}` },
  });
  expect(archive.status).toBe(403);
});

it('names a version by its tag, in addresses with dots and slashes', async () => {
  await push(hub, alice, 'alice/tagged', { 'a.csv': 'a\n1\n' });
  await alice.api.repositories.tag({ ...at('tagged'), tag: 'v2.1' });
  expect(await alice.api.metadata.cite({ ...at('tagged'), revision: 'v2.1' })).toMatchObject({
    version: 'v2.1',
  });
  const archive = await fetch(`${hub.url}/api/export/dataset/alice/tagged/v2.1.zip`, {
    headers: { authorization: `Bearer ${alice.token}` },
  });
  expect(archive.headers.get('content-disposition')).toContain('tagged-v2.1.zip');
  expect(
    Buffer.from(await archive.arrayBuffer())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
  const { croissant } = await alice.api.metadata.croissant({ ...at('tagged'), revision: 'v2.1' });
  expect(croissant).toMatchObject({ version: '2.1.0' });
  const missing = await fetch(`${hub.url}/api/export/dataset/alice/tagged/v9.zip`, {
    headers: { authorization: `Bearer ${alice.token}` },
  });
  expect(missing.status).toBe(404);
});

it('names those whose work is in the version: not who only proposed, and who proposed once it is merged', async () => {
  const bob = await hub.person({ username: 'bob' });
  await push(hub, alice, 'alice/shared', { 'a.csv': 'a\n1\n' }, { visibility: 'public' });
  const operations = [{ op: 'delete' as const, path: 'a.csv' }];
  const proposal = { ...at('shared'), message: 'Empty it', operations, pullRequest: true };
  const first = await bob.api.repositories.commit(proposal);
  const authors = async () => (await alice.api.metadata.cite(at('shared'))).bibtex;
  // With another commit on main, merging makes a version whose author is who merged.
  await push(hub, alice, 'alice/shared', { 'b.csv': 'b\n1\n' });
  expect(await authors()).not.toMatch(/author = .*bob/i);
  await alice.api.discussions.merge({ ...at('shared'), number: first.pullRequest! });
  expect(await authors()).toMatch(/author = .*bob/i);
});
