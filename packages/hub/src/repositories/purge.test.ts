import { uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectBlobs } from '../blobs/collect.ts';
import type { Context } from '../context.ts';
import { authenticate } from '../people/authenticate.ts';
import { joinWorker, prepared, push, sha256 } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { duplicateRepository } from './duplicating.ts';
import { purgeFiles } from './purge.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
});
afterAll(() => hub.stop());

const at = (name: string) => ({ kind: 'dataset' as const, namespace: project, name });
async function as(person: TestPerson): Promise<Context> {
  const actor = await authenticate(hub.services.db, `Bearer ${person.token}`, undefined);
  return {
    ...hub.services,
    actor,
    request: {
      id: '',
      address: '',
      session: undefined,
      setSession: () => undefined,
      retryAfter: () => undefined,
    },
  };
}
const purge = async (name: string, ...texts: string[]) =>
  purgeFiles(await as(alice), at(name), { hashes: texts.map(sha256) });
const commit = async (name: string, path: string, text: string, more: object = {}) => {
  const stored = await uploadBlob({ url: hub.url, token: alice.token }, new TextEncoder().encode(text));
  return alice.api.repositories.commit({
    ...at(name),
    message: `write ${path}`,
    operations: [{ op: 'add', path, sha256: stored.sha256 }],
    ...more,
  });
};
const paths = async (name: string, revision: string) =>
  (await alice.api.repositories.tree({ ...at(name), revision, recursive: true })).files.map(
    ({ path }) => path,
  );

it('takes files out of every version, and leads branches, tags and pull requests to the new ones', async () => {
  const start = await push(hub, alice, `${project}/secret`, { 'kept.bin': 'kept' });
  const held = await commit('secret', 'deep/secret.bin', 'the secret');
  await alice.api.repositories.tag({ ...at('secret'), revision: 'main', tag: 'v1' });
  await alice.api.versions.createBranch({ ...at('secret'), branch: 'clean', revision: start.id });
  const { pullRequest: number = 0 } = await commit('secret', 'more.bin', 'more', { pullRequest: true });
  await commit('secret', 'other.bin', 'other');
  expect(await purge('secret', 'the secret')).toEqual({ rewritten: 3 });

  expect(await paths('secret', 'main')).toEqual(['kept.bin', 'other.bin']);
  expect(await paths('secret', 'v1')).toEqual(['kept.bin']);
  expect(await paths('secret', `refs/pr/${number}`)).toEqual(['kept.bin', 'more.bin']);
  const { head, events } = await alice.api.discussions.get({ ...at('secret'), number });
  expect(events).toMatchObject([{ kind: 'commit', commit: head }]);
  await refused('NOT_FOUND', paths('secret', held.id));
  const refs = await alice.api.repositories.refs(at('secret'));
  expect(refs.find(({ name }) => name === 'clean')?.commit).toBe(start.id);
  await refused('NOT_FOUND', purge('secret', 'the secret'));

  // Nothing refers to the bytes any more: the next collection deletes them.
  const later = new Date(Date.now() + 1000);
  expect((await collectBlobs(hub.services, { graceMs: 0, now: later })).deleted).toBe(1);
  await alice.api.discussions.merge({ ...at('secret'), number });
  expect(await paths('secret', 'main')).toEqual(['kept.bin', 'more.bin', 'other.bin']);
});

it('keeps what a run says of its data true', async () => {
  await joinWorker(hub);
  await push(hub, alice, `${project}/trained`, prepared);
  await alice.api.runs.create({
    project,
    algorithm: 'mlp',
    dataset: `${project}/trained`,
    model: `${project}/learned`,
  });
  await refused('CONFLICT', purge('trained', 'train'));
  await commit('trained', 'late.bin', 'late');
  expect(await purge('trained', 'late')).toEqual({ rewritten: 1 });
});

it('duplicates for no one what is not theirs to open', async () => {
  const lender = await hub.person();
  const institute = await hub.organisation(lender);
  await push(hub, lender, `${institute}/gated`, { 'a.bin': 'gated' }, { visibility: 'gated' });
  const asked = await alice.api.grants.request({
    resource: { kind: 'dataset', path: `${institute}/gated` },
    subject: { kind: 'person', slug: alice.username },
    purpose: 'to look',
    acceptTerms: true,
  });
  const from = { kind: 'dataset' as const, namespace: institute, name: 'gated' };
  const to = { namespace: project, name: 'taken', visibility: 'private' as const };
  await refused('CONSENT_NEEDED', duplicateRepository(await as(alice), from, to));
  await lender.api.grants.decide({ id: asked.id, decision: 'grant' });
  await refused('NOT_ALLOWED', duplicateRepository(await as(alice), from, to));
  await refused(
    'NOT_ALLOWED',
    duplicateRepository(await as(lender), from, { ...to, namespace: alice.username }),
  );
  const copy = await duplicateRepository(await as(lender), from, { ...to, namespace: lender.username });
  expect(copy).toMatchObject({ visibility: 'private', path: `${lender.username}/taken` });
  // The copy's bytes are its own: they outlive the first.
  await lender.api.repositories.remove(from);
  await collectBlobs(hub.services, { graceMs: 0, now: new Date(Date.now() + 1000) });
  const address = `${hub.url}/api/files/dataset/${copy.path}/main/a.bin`;
  const response = await fetch(address, { headers: { authorization: `Bearer ${lender.token}` } });
  expect(await response.text()).toBe('gated');
});
