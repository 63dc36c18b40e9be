import { uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { push } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let alice: TestPerson;
let reader: TestPerson;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
  reader = await hub.member(alice, project, 'reader');
});
afterAll(() => hub.stop());

const at = (name: string) => ({ kind: 'dataset' as const, namespace: project, name });
const blob = async (text: string, by: TestPerson) =>
  (await uploadBlob({ url: hub.url, token: by.token }, new TextEncoder().encode(text))).sha256;
const files = (name: string, contents: Record<string, string>) =>
  push(hub, alice, `${project}/${name}`, contents);

/** Proposes texts for files; undefined deletes one. Gives the number of the pull request. */
async function propose(
  name: string,
  contents: Record<string, string | undefined>,
  by = reader,
): Promise<number> {
  const operations = [];
  for (const [path, text] of Object.entries(contents))
    operations.push(
      text === undefined
        ? { op: 'delete' as const, path }
        : { op: 'add' as const, path, sha256: await blob(text, by) },
    );
  const made = await by.api.repositories.commit({
    ...at(name),
    message: 'Proposed',
    operations,
    pullRequest: true,
  });
  return made.pullRequest ?? 0;
}

async function contents(name: string, revision = 'main'): Promise<Record<string, string>> {
  const tree = await alice.api.repositories.tree({ ...at(name), revision, recursive: true });
  const all: Record<string, string> = {};
  for (const { path } of tree.files) {
    const address = `${hub.url}/api/files/dataset/${project}/${name}/${encodeURIComponent(revision)}/${path}`;
    all[path] = await (await fetch(address, { headers: { authorization: `Bearer ${alice.token}` } })).text();
  }
  return all;
}

describe('a discussion', () => {
  it('keeps what was said, by whom, in order', async () => {
    await files('talk', { 'a.bin': '1' });
    const { number } = await reader.api.discussions.open({ ...at('talk'), title: 'Hm', markdown: 'Why?' });
    expect(number).toBe(1);
    const one = { ...at('talk'), number };
    const said = await alice.api.discussions.comment({ ...one, markdown: 'Becouse.' });
    await alice.api.discussions.edit({ ...one, comment: said.id, markdown: 'Because.' });
    await refused('NOT_ALLOWED', reader.api.discussions.edit({ ...one, comment: said.id, markdown: 'No.' }));
    await refused('NOT_ALLOWED', reader.api.discussions.hide({ ...one, comment: said.id }));
    await reader.api.discussions.retitle({ ...one, title: 'Aha' });
    await reader.api.discussions.setStatus({ ...one, status: 'closed', markdown: 'Thanks' });
    const found = await alice.api.discussions.get(one);
    expect(found).toMatchObject({ title: 'Aha', status: 'closed', comments: 3, author: reader.username });
    expect(found.events).toMatchObject([
      { kind: 'comment', markdown: 'Why?', edited: false },
      { kind: 'comment', markdown: 'Because.', edited: true, author: alice.username },
      { kind: 'title', from: 'Hm', to: 'Aha' },
      { kind: 'comment', markdown: 'Thanks' },
      { kind: 'status', status: 'closed' },
    ]);
    await alice.api.discussions.hide({ ...one, comment: said.id });
    expect((await alice.api.discussions.get(one)).events[1]).toMatchObject({ hidden: true, markdown: '' });
    const text = JSON.stringify(await hub.services.db.query.discussionEvents.findMany());
    expect(text).not.toContain('Because.');
    await refused('GONE', alice.api.discussions.edit({ ...one, comment: said.id, markdown: 'Back' }));
    await refused('BAD_INPUT', alice.api.discussions.merge(one));
    await refused('NOT_FOUND', alice.api.discussions.get({ ...at('talk'), number: 2 }));
  });

  it('is listed in pages, with how many there are', async () => {
    await files('many', { 'a.bin': '1' });
    for (let n = 1; n <= 5; n += 1) await reader.api.discussions.open({ ...at('many'), title: `T${n}` });
    await propose('many', { 'b.bin': '2' });
    const first = await alice.api.discussions.list({ ...at('many'), limit: 2 });
    expect([first.count, first.items.map((item) => item.number)]).toEqual([6, [6, 5]]);
    const rest = await alice.api.discussions.list({ ...at('many'), cursor: first.nextCursor ?? '' });
    expect(rest.items.map((item) => item.number)).toEqual([4, 3, 2, 1]);
    expect((await alice.api.discussions.list({ ...at('many'), type: 'pull' })).count).toBe(1);
  });
});

describe('a pull request', () => {
  it('of a reader waits beside the branch until a contributor merges it', async () => {
    await files('simple', { 'a.bin': '1', 'gone.bin': 'x' });
    const number = await propose('simple', { 'a.bin': '2', 'gone.bin': undefined, 'new.bin': '3' });
    expect(await contents('simple')).toEqual({ 'a.bin': '1', 'gone.bin': 'x' });
    expect(await contents('simple', `refs/pr/${number}`)).toEqual({ 'a.bin': '2', 'new.bin': '3' });
    await reader.api.repositories.commit({
      ...at('simple'),
      branch: `refs/pr/${number}`,
      message: 'More',
      operations: [{ op: 'copy', path: 'copy.bin', from: { path: 'gone.bin', revision: 'main' } }],
    });
    await refused('NOT_ALLOWED', reader.api.discussions.merge({ ...at('simple'), number }));
    const merged = await alice.api.discussions.merge({ ...at('simple'), number, markdown: 'Good' });
    expect(merged).toMatchObject({ status: 'merged', branch: 'main', comments: 1 });
    expect(await contents('simple')).toEqual({ 'a.bin': '2', 'new.bin': '3', 'copy.bin': 'x' });
    await refused('BAD_INPUT', alice.api.discussions.merge({ ...at('simple'), number }));
    await refused('BAD_INPUT', alice.api.discussions.setStatus({ ...at('simple'), number, status: 'open' }));
    const events = (await alice.api.discussions.get({ ...at('simple'), number })).events;
    expect(events.map((event) => event.kind)).toEqual(['commit', 'commit', 'comment', 'merge']);
    const ledger = await alice.api.ledger.list({ namespace: project });
    expect(ledger.items[0]).toMatchObject({
      action: 'repository.commit',
      details: { pullRequest: number, by: reader.username, branch: 'main' },
    });
  });

  it('is merged with what the branch did meanwhile, or its conflict is named', async () => {
    await files('busy', { 'a.bin': '1', 'b.bin': '1', 'same.bin': '1' });
    const number = await propose('busy', { 'b.bin': '2', 'same.bin': 'both' });
    const against = await propose('busy', { 'a.bin': 'other', 'c.bin': 'c' });
    await files('busy', { 'a.bin': '2', 'same.bin': 'both' });
    expect((await alice.api.discussions.get({ ...at('busy'), number })).conflicts).toBeUndefined();
    await alice.api.discussions.merge({ ...at('busy'), number });
    expect(await contents('busy')).toEqual({ 'a.bin': '2', 'b.bin': '2', 'same.bin': 'both' });
    expect((await alice.api.discussions.get({ ...at('busy'), number: against })).conflicts).toEqual([
      'a.bin',
    ]);
    const merge = alice.api.discussions.merge({ ...at('busy'), number: against });
    await expect(merge).rejects.toThrow(/both changed a\.bin/);
    await refused('CONFLICT', merge);
    expect(await contents('busy')).toEqual({ 'a.bin': '2', 'b.bin': '2', 'same.bin': 'both' });
  });

  it('is put on top of its branch, with the version of each file that somebody decided on', async () => {
    await files('moved', { 'a.bin': '1', 'b.bin': '1', 'c.bin': '1', 'd.bin': '1' });
    const number = await propose('moved', {
      'a.bin': 'pull',
      'b.bin': 'pull',
      'c.bin': undefined,
      'new.bin': 'n',
    });
    const one = { ...at('moved'), number };
    await refused('BAD_INPUT', reader.api.discussions.update(one), { field: 'number' });
    await files('moved', { 'a.bin': 'main', 'b.bin': 'main', 'c.bin': 'main', 'd.bin': 'main' });
    const before = await reader.api.discussions.get(one);
    expect(before.conflicts).toEqual(['a.bin', 'b.bin', 'c.bin']);
    const undecided = reader.api.discussions.update({ ...one, files: { 'a.bin': 'pull' } });
    await expect(undecided).rejects.toThrow(/both changed b\.bin, c\.bin/);
    await refused('CONFLICT', undecided);

    const stranger = await hub.member(alice, project, 'reader');
    await refused('NOT_ALLOWED', stranger.api.discussions.update({ ...one, keep: 'pull' }));
    const updated = await reader.api.discussions.update({
      ...one,
      keep: 'pull',
      files: { 'a.bin': 'branch' },
    });
    const after = await reader.api.discussions.get(one);
    expect(after).toMatchObject({ head: updated.id, base: updated.parent, status: 'open' });
    expect(after.conflicts).toBeUndefined();
    const left = { 'a.bin': 'main', 'b.bin': 'pull', 'd.bin': 'main', 'new.bin': 'n' };
    expect(await contents('moved', `refs/pr/${number}`)).toEqual(left);
    const diff = await reader.api.versions.diff({ ...at('moved'), from: after.base, to: updated.id });
    expect(diff.files.map(({ path }) => path)).toEqual(['b.bin', 'c.bin', 'new.bin']);
    // What was there before can still be read.
    expect(await contents('moved', before.head)).toMatchObject({ 'a.bin': 'pull' });

    await refused('BAD_INPUT', reader.api.discussions.update(one));
    const merged = await alice.api.discussions.merge(one);
    expect(merged.mergeCommit).toBe(updated.id);
    expect(await contents('moved')).toEqual(left);
    await refused('BAD_INPUT', alice.api.discussions.update(one));
  });

  it('refuses what two sides made that would be one file on some computers', async () => {
    await files('case', { 'a.bin': '1' });
    const number = await propose('case', { 'Data.bin': '1' });
    await files('case', { 'data.bin': '2' });
    await refused('BAD_INPUT', alice.api.discussions.merge({ ...at('case'), number }));
    expect(await contents('case')).toEqual({ 'a.bin': '1', 'data.bin': '2' });
  });

  it('starts as a draft that is opened before it is merged', async () => {
    await files('draft', { 'a.bin': '1' });
    const { number, status } = await reader.api.discussions.open({
      ...at('draft'),
      title: 'D',
      pullRequest: true,
    });
    expect(status).toBe('draft');
    const one = { ...at('draft'), number };
    await refused('BAD_INPUT', alice.api.discussions.merge(one));
    await reader.api.discussions.setStatus({ ...one, status: 'open' });
    await refused('BAD_INPUT', alice.api.discussions.merge(one));
    const another = await hub.member(alice, project, 'reader');
    const commit = async (by: TestPerson) =>
      by.api.repositories.commit({
        ...at('draft'),
        branch: `refs/pr/${number}`,
        message: 'x',
        operations: [{ op: 'add', path: 'b.bin', sha256: await blob('b', by) }],
      });
    await refused('NOT_ALLOWED', commit(another));
    await commit(reader);
    await alice.api.discussions.merge(one);
    await refused('BAD_INPUT', commit(reader));
    expect(await contents('draft')).toEqual({ 'a.bin': '1', 'b.bin': 'b' });
  });

  it("gives no way to bytes that are not its author's to use", async () => {
    const stranger = await hub.person();
    await push(hub, alice, `${project}/open`, { 'a.bin': '1' }, { visibility: 'public' });
    await files('closed', { 'secret.bin': 'a secret of the project' });
    const secret = (await alice.api.repositories.tree({ ...at('closed') })).files[0]?.sha256 ?? '';
    const operations = [{ op: 'add' as const, path: 'mine.bin', sha256: secret }];
    await refused(
      'BAD_INPUT',
      stranger.api.repositories.commit({ ...at('open'), message: 'x', operations, pullRequest: true }),
    );
    await refused(
      'NOT_ALLOWED',
      stranger.api.repositories.commit({ ...at('open'), message: 'x', operations }),
    );
    expect(await propose('open', { 'b.bin': 'mine' }, stranger)).toBe(1);
    await refused('NOT_FOUND', stranger.api.discussions.open({ ...at('closed'), title: 'Hello?' }));
  });
});
