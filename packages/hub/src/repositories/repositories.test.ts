import { uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinWorker, push, sha256 } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let alice: TestPerson;
let stranger: TestPerson;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  stranger = await hub.person();
  project = await hub.project(alice);
});
afterAll(() => hub.stop());

const at = (name: string) => ({ kind: 'dataset' as const, namespace: project, name });
const add = (path: string, hash: string) => ({ op: 'add' as const, path, sha256: hash });
const blob = async (text: string, by = alice) =>
  (await uploadBlob({ url: hub.url, token: by.token }, new TextEncoder().encode(text))).sha256;
const download = (path: string, headers: Record<string, string> = {}, token = alice.token) =>
  fetch(`${hub.url}/api/files/${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });

describe('versions', () => {
  it('keeps every version listable and downloadable', async () => {
    const first = await push(hub, alice, `${project}/versions`, { 'a.bin': 'one', 'README.md': '# Card' });
    const second = await push(hub, alice, `${project}/versions`, { 'a.bin': 'two', 'b/c.bin': 'three' });
    expect(second.parent).toBe(first.id);
    const tree = async (revision: string) =>
      (await alice.api.repositories.tree({ ...at('versions'), revision, recursive: true })).files.map(
        (file) => file.path,
      );
    expect(await tree(first.id)).toEqual(['a.bin', 'README.md']);
    expect(await tree('main')).toEqual(['a.bin', 'b/c.bin', 'README.md']);
    await alice.api.repositories.tag({ ...at('versions'), revision: first.id, tag: 'v1' });
    expect(await (await download(`dataset/${project}/versions/v1/a.bin`)).text()).toBe('one');
    expect(await (await download(`dataset/${project}/versions/main/b/c.bin`)).text()).toBe('three');
    expect((await alice.api.repositories.card(at('versions'))).markdown).toBe('# Card');
    const newest = await alice.api.repositories.history({ ...at('versions'), limit: 1 });
    expect(newest.items.map((commit) => commit.id)).toEqual([second.id]);
    const rest = await alice.api.repositories.history({ ...at('versions'), cursor: newest.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ id: first.id }] });
    expect(await alice.api.repositories.refs(at('versions'))).toEqual([
      { kind: 'branch', name: 'main', commit: second.id },
      { kind: 'tag', name: 'v1', commit: first.id },
    ]);
    await refused('ALREADY_EXISTS', alice.api.repositories.tag({ ...at('versions'), tag: 'v1' }));
    await refused('NOT_FOUND', alice.api.repositories.tree({ ...at('versions'), revision: 'v9' }));
  });

  it('lets one of two writers win, and tells the other', async () => {
    const head = await push(hub, alice, `${project}/contested`, { 'a.bin': 'one' });
    const write = async (text: string) =>
      alice.api.repositories.commit({
        ...at('contested'),
        parent: head.id,
        message: text,
        operations: [add('a.bin', await blob(text))],
      });
    const outcomes = await Promise.allSettled([write('left'), write('right')]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    await refused('CONFLICT', Promise.reject(lost?.reason), { field: 'parent' });
  });

  it('puts writers who name no parent in a line, and loses nothing of either', async () => {
    await push(hub, alice, `${project}/shared`, { 'a.bin': 'one' });
    const names = ['left', 'right', 'third', 'fourth'];
    const made = await Promise.all(
      names.map(async (name) =>
        alice.api.repositories.commit({
          ...at('shared'),
          message: name,
          operations: [add(`${name}.bin`, await blob(name))],
        }),
      ),
    );
    const { items } = await alice.api.repositories.history(at('shared'));
    expect(items).toHaveLength(5);
    expect(
      items
        .slice(0, 4)
        .map(({ message }) => message)
        .sort(),
    ).toEqual([...names].sort());
    expect(items.slice(0, 4).map(({ parent }) => parent)).toEqual(items.slice(1).map(({ id }) => id));
    expect(new Set(made.map(({ id }) => id)).size).toBe(4);
    const { files } = await alice.api.repositories.tree(at('shared'));
    expect(files.map(({ path }) => path)).toEqual(['a.bin', ...names.map((name) => `${name}.bin`)].sort());
  });

  it('refuses paths that would be one file, or leave the repository', async () => {
    await push(hub, alice, `${project}/paths`, { 'Readme.md': 'x', 'caf\u00e9.bin': 'x', 'data.bin': 'x' });
    const hash = await blob('x');
    const commit = (path: string) =>
      alice.api.repositories.commit({ ...at('paths'), message: 'trick', operations: [add(path, hash)] });
    for (const path of ['../x', '/etc/passwd', 'a/../b', 'a\\b', 'a//b', './a', 'a\u0000b'])
      await refused('BAD_INPUT', commit(path));
    for (const path of ['README.MD', 'cafe\u0301.bin', 'data.bin/inside', 'DATA.bin/x'])
      await refused('BAD_INPUT', commit(path), { field: 'operations' });
    await refused(
      'BAD_INPUT',
      alice.api.repositories.commit({
        ...at('paths'),
        message: 'x',
        operations: [{ op: 'delete', path: 'no.bin' }],
      }),
    );
    for (const trick of ['..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/x', '__proto__'])
      expect((await download(`dataset/${project}/paths/main/${trick}`)).status).toBeGreaterThanOrEqual(400);
  });

  it('does not give bytes to those who merely know their hash', async () => {
    await push(hub, alice, `${project}/secret`, { 'secret.bin': 'the secret' });
    const mine = await stranger.api.repositories.create({
      kind: 'dataset',
      namespace: stranger.username,
      name: 'copy',
    });
    expect(mine.access.write).toBe(true);
    const commit = (hash: string) =>
      stranger.api.repositories.commit({
        kind: 'dataset',
        namespace: stranger.username,
        name: 'copy',
        message: 'steal',
        operations: [add('stolen.bin', hash)],
      });
    await refused('BAD_INPUT', commit(sha256('the secret')));
    await refused('BAD_INPUT', commit(sha256('never uploaded')));
    expect(await commit(await blob('the secret', stranger))).toMatchObject({ author: stranger.username });
  });
});

describe('downloads and uploads', () => {
  it('speaks ranges, etags and safe types', async () => {
    await push(hub, alice, `${project}/files`, {
      'a.bin': '0123456789',
      'page.html': '<script>',
      'empty.txt': '',
    });
    const file = `dataset/${project}/files/main/a.bin`;
    const part = await download(file, { range: 'bytes=2-4' });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect(await (await download(file, { range: 'bytes=-3' })).text()).toBe('789');
    expect(await (await download(file, { range: 'bytes=8-' })).text()).toBe('89');
    expect((await download(file, { range: 'bytes=10-' })).status).toBe(416);
    const etag = (await download(file)).headers.get('etag') ?? '';
    expect(etag).toBe(`"${sha256('0123456789')}"`);
    expect((await download(file, { 'if-none-match': etag })).status).toBe(304);
    expect((await download(file, { range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200);
    const page = await download(`dataset/${project}/files/main/page.html`);
    expect(page.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await (await download(`dataset/${project}/files/main/empty.txt`)).text()).toBe('');
  });

  it('refuses bytes that are not those announced', async () => {
    const response = await fetch(`${hub.url}/api/blobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${alice.token}`, 'content-sha256': sha256('announced') },
      body: 'sent',
    });
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'CHECKSUM' }]);
  });

  it('keeps private files and their existence from strangers, gated ones behind consent', async () => {
    await push(hub, alice, `${project}/hidden`, { 'a.csv': 'x\n1\n' });
    await refused('NOT_FOUND', stranger.api.repositories.get(at('hidden')));
    expect((await download(`dataset/${project}/hidden/main/a.csv`, {}, stranger.token)).status).toBe(404);
    expect((await fetch(`${hub.url}/api/files/dataset/${project}/hidden/main/a.csv`)).status).toBe(401);
    await push(
      hub,
      alice,
      `${project}/gated`,
      { 'a.csv': 'x\n1\n', 'README.md': 'ask me' },
      { visibility: 'gated' },
    );
    expect((await stranger.api.repositories.card(at('gated'))).markdown).toBe('ask me');
    await refused('CONSENT_NEEDED', stranger.api.repositories.tree(at('gated')));
    await refused('CONSENT_NEEDED', stranger.api.repositories.profile(at('gated')));
  });
});

it('profiles a new version of tables, and keeps the profile while they stay the same', async () => {
  await push(hub, alice, `${project}/tables`, { 'a.csv': 'x\n1\n' });
  const read = () => alice.api.repositories.profile(at('tables'));
  expect((await read()).state).toBe('pending');
  const worker = await joinWorker(hub);
  for (;;) {
    const lease = await worker.lease(['prepare']);
    if (!lease) break;
    const { payload } = lease;
    if (payload.kind !== 'prepare') throw new Error('not a prepare job');
    const [file] = payload.dataset.files;
    const bytes = await fetch(new URL(file?.url ?? '', hub.url));
    expect(sha256(await bytes.text())).toBe(file?.sha256);
    const result = { kind: 'prepare' as const, profile: { columns: 1 }, rows: [{ x: 1 }] };
    await worker.api.worker.complete({ ...lease, result });
    // A signed address opens nothing once its lease is over.
    expect((await fetch(new URL(file?.url ?? '', hub.url))).status).toBe(409);
  }
  expect(await read()).toMatchObject({ state: 'ready', profile: { columns: 1 }, rows: [{ x: 1 }] });
  await push(hub, alice, `${project}/tables`, { 'README.md': 'words' });
  expect(await read()).toMatchObject({ state: 'ready' });
  await push(hub, alice, `${project}/words`, { 'README.md': 'words alone' });
  expect((await alice.api.repositories.profile(at('words'))).state).toBe('none');
});

it('opens a dataset with probable personal data only to those who say that they know, and keeps who said so', async () => {
  const worker = await joinWorker(hub);
  const distributions = [{ column: 'mail', rows: 10, missing: 0 }];
  const profileNext = async (personal: { column: string; kind: string }[]) => {
    const lease = await worker.lease(['prepare']);
    if (lease?.payload.kind !== 'prepare') throw new Error('not a prepare job');
    const profile = { rows: 1, columns: [], quality: { personal, distributions } };
    await worker.api.worker.complete({ ...lease, result: { kind: 'prepare', profile, rows: [] } });
    return lease.payload;
  };
  await push(hub, alice, `${project}/people`, { 'a.csv': 'mail\nx@example.org\n' });
  expect((await profileNext([{ column: 'mail', kind: 'email' }])).previous).toBeUndefined();
  for (const visibility of ['public', 'gated'] as const)
    await expect(alice.api.repositories.update({ ...at('people'), visibility })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('mail (email)'),
      data: { field: 'acknowledgePersonalData' },
    });
  expect((await alice.api.repositories.get(at('people'))).visibility).toBe('private');
  await alice.api.repositories.update({
    ...at('people'),
    visibility: 'gated',
    acknowledgePersonalData: true,
  });
  expect((await alice.api.repositories.get(at('people'))).visibility).toBe('gated');
  const { items } = await alice.api.ledger.list({ namespace: project });
  expect(items.find(({ action }) => action === 'repository.update')?.details).toMatchObject({
    acknowledgedPersonalData: ['mail (email)'],
  });
  // The next version is compared with this one.
  await push(hub, alice, `${project}/people`, { 'a.csv': 'mail\ny@example.org\n' });
  expect((await profileNext([])).previous).toEqual(distributions);
});

it('lists, finds, changes and deletes', async () => {
  await push(hub, alice, `${project}/to-find`, { 'a.bin': 'x' });
  const found = await alice.api.repositories.list({ search: 'to-fi' });
  expect(found.items.map((item) => item.path)).toEqual([`${project}/to-find`]);
  expect((await stranger.api.repositories.list({ search: 'to-fi' })).items).toEqual([]);
  const changed = await alice.api.repositories.update({
    ...at('to-find'),
    visibility: 'public',
    title: 'Found',
  });
  expect(changed).toMatchObject({ visibility: 'public', title: 'Found' });
  await refused('NOT_ALLOWED', stranger.api.repositories.update({ ...at('to-find'), title: 'Mine' }));
  await refused('NOT_ALLOWED', stranger.api.repositories.remove(at('to-find')));
  await alice.api.repositories.remove(at('to-find'));
  await refused('NOT_FOUND', alice.api.repositories.get(at('to-find')));
});
