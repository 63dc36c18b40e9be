import { uploadBlob } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinWorker, push, sha256 } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { treePages } from './tree/table.ts';
import { splitRevision } from './versions.ts';
import { commits, repositoryBlobs } from './versions-table.ts';

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
const files = (name: string, contents: Record<string, string>) =>
  push(hub, alice, `${project}/${name}`, contents);
const blob = async (text: string) =>
  (await uploadBlob({ url: hub.url, token: alice.token }, new TextEncoder().encode(text))).sha256;
const paths = async (name: string, revision = 'main') =>
  (await alice.api.repositories.tree({ ...at(name), revision, recursive: true })).files.map(
    ({ path }) => path,
  );
const download = (path: string) =>
  fetch(`${hub.url}/api/files/${path}`, { headers: { authorization: `Bearer ${alice.token}` } });

describe('names of versions', () => {
  it('are made, moved and deleted; main and tags stay', async () => {
    const first = await files('names', { 'a.bin': '1' });
    await alice.api.versions.createBranch({ ...at('names'), branch: 'feature/x' });
    await refused('ALREADY_EXISTS', alice.api.versions.createBranch({ ...at('names'), branch: 'feature/x' }));
    const second = await alice.api.repositories.commit({
      ...at('names'),
      branch: 'feature/x',
      message: 'on the branch',
      operations: [{ op: 'add', path: 'b.bin', sha256: await blob('2') }],
    });
    expect([await paths('names'), await paths('names', 'feature/x')]).toEqual([
      ['a.bin'],
      ['a.bin', 'b.bin'],
    ]);
    await alice.api.repositories.tag({ ...at('names'), revision: 'feature/x', tag: 'v1' });
    for (const revision of ['refs/heads/feature/x', 'v1', 'refs/tags/v1', second.id])
      expect(await paths('names', revision)).toEqual(['a.bin', 'b.bin']);
    expect(await paths('names', 'HEAD')).toEqual(['a.bin']);
    await alice.api.versions.createBranch({ ...at('names'), branch: 'feature/x', overwrite: true });
    expect(await paths('names', 'feature/x')).toEqual(['a.bin']);
    await alice.api.versions.createBranch({ ...at('names'), branch: 'fresh', empty: true });
    expect(await paths('names', 'fresh')).toEqual([]);
    await alice.api.versions.removeBranch({ ...at('names'), branch: 'feature/x' });
    await refused('NOT_FOUND', alice.api.repositories.tree({ ...at('names'), revision: 'feature/x' }));
    await refused('NOT_FOUND', alice.api.versions.removeBranch({ ...at('names'), branch: 'v1' }));
    await refused('BAD_INPUT', alice.api.versions.removeBranch({ ...at('names'), branch: 'main' }));
    await refused(
      'ALREADY_EXISTS',
      alice.api.versions.createBranch({ ...at('names'), branch: 'v1', overwrite: true }),
    );
    await alice.api.versions.removeTag({ ...at('names'), tag: 'v1' });
    // Nothing names it any more, and it is readable for ever.
    expect(await paths('names', second.id)).toEqual(['a.bin', 'b.bin']);
    expect(first.id).not.toBe(second.id);
  });

  it('are the first digits of an id, if no other begins so', async () => {
    const { id } = await files('short', { 'a.bin': '1' });
    expect(await paths('short', id.slice(0, 8))).toEqual(['a.bin']);
    await refused('NOT_FOUND', paths('short', id.slice(0, 6)));
    await files('elsewhere', { 'b.bin': '2' });
    await refused('NOT_FOUND', paths('elsewhere', id.slice(0, 8)));
    const { db } = hub.services;
    const [made] = await db.select().from(commits).where(eq(commits.id, id));
    const like = `${id.slice(0, 39)}${id.endsWith('0') ? '1' : '0'}`;
    await db.insert(commits).values({ ...made!, id: like });
    await refused('BAD_INPUT', paths('short', id.slice(0, 8)));
    expect(await paths('short', id)).toEqual(['a.bin']);
  });

  it('are refused when they could be taken for something else', async () => {
    const { id } = await files('tricks', { 'a.bin': '1' });
    for (const branch of [
      'a..b',
      'a//b',
      '/a',
      'a/',
      'x.lock',
      'x.lock/y',
      '.a',
      'a/.b',
      'HEAD',
      'refs/heads/x',
      'refs/pr/1',
      '-a',

      id,
      'f'.repeat(40),
      'F'.repeat(40),
      'a b',
      'a~1',
      'a^',
      'a:b',
      'a\u0000',
      '',
      'x'.repeat(201),
      'a@{1}',
    ]) {
      await refused('BAD_INPUT', alice.api.versions.createBranch({ ...at('tricks'), branch }));
      await refused('BAD_INPUT', alice.api.repositories.tag({ ...at('tricks'), tag: branch }));
    }
    await refused(
      'NOT_FOUND',
      alice.api.repositories.commit({
        ...at('tricks'),
        branch: 'refs/pr/7',
        message: 'x',
        operations: [{ op: 'delete', path: 'a.bin' }],
      }),
    );
  });

  it('are told from the paths behind them', async () => {
    await files('split', { 'sub/dir/a.bin': '1' });
    await alice.api.versions.createBranch({ ...at('split'), branch: 'feature/x' });
    const [row] = await hub.services.db.query.repositories.findMany({ where: (r) => eq(r.name, 'split') });
    if (!row) throw new Error('no repository');
    const split = async (joined: string) => {
      const { revision, path } = await splitRevision(hub.services.db, row, joined);
      return [revision, path];
    };
    expect(await split('main/sub/dir')).toEqual(['main', 'sub/dir']);
    expect(await split('feature/x/sub/dir')).toEqual(['feature/x', 'sub/dir']);
    expect(await split('refs/heads/feature/x')).toEqual(['refs/heads/feature/x', '']);
    await refused('NOT_FOUND', split('feature/y/sub'));
  });
});

describe('history', () => {
  it('is counted, paged, compared', async () => {
    const first = await files('history', { 'README.md': '# One\n\nsame\n', 'a.bin': '1', 'gone.bin': 'x' });
    for (let n = 0; n < 3; n += 1) await files('history', { 'a.bin': `${n + 2}` });
    const last = await alice.api.repositories.commit({
      ...at('history'),
      message: 'many',
      operations: [
        { op: 'add', path: 'README.md', sha256: await blob('# Two\n\nsame\n') },
        { op: 'delete', path: 'gone.bin' },
        { op: 'add', path: 'new.bin', sha256: await blob('new') },
      ],
    });
    expect(await alice.api.versions.count(at('history'))).toEqual({ count: 5 });
    const since = { ...at('history'), from: first.id };
    const page = await alice.api.versions.diff({ ...since, limit: 2 });
    const rest = await alice.api.versions.diff({ ...since, cursor: page.nextCursor ?? '' });
    expect([...page.files, ...rest.files]).toMatchObject([
      { path: 'a.bin', before: { sha256: sha256('1') }, after: { sha256: sha256('4') } },
      { path: 'gone.bin', before: { sizeBytes: 1 } },
      { path: 'new.bin', after: { sizeBytes: 3 } },
      { path: 'README.md' },
    ]);
    expect(rest.nextCursor).toBeUndefined();
    const own = await alice.api.versions.diff(at('history'));
    expect([own.from?.id, own.to.id, own.files.length]).toEqual([last.parent, last.id, 3]);
    const text = await alice.api.versions.textDiff({ ...since, path: 'README.md' });
    expect(text).toMatchObject({ added: 1, removed: 1 });
    expect(text.diff).toMatch(/--- a\/README\.md[^]*-# One[^]*\+# Two[^]* same/);
    expect((await alice.api.versions.textDiff({ ...since, path: 'new.bin' })).diff).toMatch(/^[^]*dev\/null/);
    await refused('NOT_FOUND', alice.api.versions.textDiff({ ...since, path: 'never.bin' }));
  });

  it('tells what happened to a table', async () => {
    const worker = await joinWorker(hub);
    const profiled = async (text: string, columns: object[]) => {
      const commit = await files('table', { 'a.csv': text });
      const lease = await worker.lease(['prepare']);
      if (!lease) throw new Error('no job');
      await worker.api.worker.complete({
        ...lease,
        result: {
          kind: 'prepare',
          profile: JSON.parse(JSON.stringify({ rows: text.length, columns })),
          rows: [],
        },
      });
      return commit.id;
    };
    const same = { name: 'same', type: 'text', missing: 0 };
    const from = await profiled('1', [{ name: 'x', type: 'text' }, { name: 'old', type: 'text' }, same]);
    const to = await profiled('22', [
      { name: 'x', type: 'number' },
      { ...same, missing: 1 },
      { name: 'y', type: 'text' },
    ]);
    const { table } = await alice.api.versions.diff({ ...at('table'), from, to });
    expect(table?.rows).toEqual({ before: 1, after: 2 });
    expect(table?.columns.map(({ name, change }) => [name, change])).toEqual([
      ['x', 'retyped'],
      ['same', 'values'],
      ['y', 'added'],
      ['old', 'removed'],
    ]);
  });

  it('undoes a commit, and keeps what came after', async () => {
    await files('undo', { 'a.bin': '1', 'b.bin': '1' });
    const mistake = await alice.api.repositories.commit({
      ...at('undo'),
      message: 'A mistake',
      operations: [
        { op: 'delete', path: 'b.bin' },
        { op: 'add', path: 'a.bin', sha256: await blob('2') },
      ],
    });
    await files('undo', { 'c.bin': 'later' });
    const undone = await alice.api.versions.revert({ ...at('undo'), commit: mistake.id });
    expect(undone.message).toBe('Revert "A mistake"');
    expect(await paths('undo')).toEqual(['a.bin', 'b.bin', 'c.bin']);
    expect(await (await download(`dataset/${project}/undo/main/a.bin`)).text()).toBe('1');
    await refused('BAD_INPUT', alice.api.versions.revert({ ...at('undo'), commit: mistake.id }));
    const again = await files('undo', { 'a.bin': '3' });
    await files('undo', { 'a.bin': '4' });
    const revert = alice.api.versions.revert({ ...at('undo'), commit: again.id });
    await expect(revert).rejects.toThrow(/a\.bin/);
    await refused('CONFLICT', revert);
  });

  it('is let go by squashing, but for what something else names', async () => {
    const [first, second, third] = [
      await files('squash', { 'a.bin': 'one' }),
      await files('squash', { 'a.bin': 'two' }),
      await files('squash', { 'a.bin': 'three', 'b.bin': 'kept' }),
    ];
    await alice.api.repositories.tag({ ...at('squash'), revision: second.id, tag: 'v1' });
    const squashed = await alice.api.versions.squash({ ...at('squash'), message: 'All in one' });
    expect(squashed.parent).toBeUndefined();
    expect(await alice.api.versions.count(at('squash'))).toEqual({ count: 1 });
    expect(await paths('squash')).toEqual(['a.bin', 'b.bin']);
    expect(await paths('squash', 'v1')).toEqual(['a.bin']);
    await refused('NOT_FOUND', alice.api.repositories.tree({ ...at('squash'), revision: third.id }));
    // The tag's own history is its own affair.
    expect(await paths('squash', first.id)).toEqual(['a.bin']);
    await alice.api.versions.removeTag({ ...at('squash'), tag: 'v1' });
    await files('squash', { 'a.bin': 'four' });
    await alice.api.versions.squash({ ...at('squash'), message: 'Again' });
    const [row] = await hub.services.db.query.repositories.findMany({ where: (r) => eq(r.name, 'squash') });
    const kept = await hub.services.db
      .select()
      .from(repositoryBlobs)
      .where(eq(repositoryBlobs.repository, row?.id ?? ''));
    expect(kept.map((one) => one.sha256).sort()).toEqual(
      [sha256('one'), sha256('two'), sha256('four'), sha256('kept')].sort(),
    );
    const pages = await hub.services.db
      .select()
      .from(treePages)
      .where(eq(treePages.repository, row?.id ?? ''));
    expect(pages).toHaveLength(3);
  });
});

describe('a repository that moves', () => {
  it('keeps its versions, grants and what was made from it; the old name leads on', async () => {
    const other = await hub.project(alice);
    await files('Before', { 'a.bin': '1' });
    await refused('ALREADY_EXISTS', alice.api.repositories.create(at('bEFORE')));
    const moved = await alice.api.repositories.move({
      ...at('before'),
      to: { namespace: other, name: 'After' },
    });
    expect(moved.path).toBe(`${other}/After`);
    expect((await alice.api.repositories.get(at('before'))).path).toBe(`${other}/After`);
    expect((await download(`dataset/${project}/before/main/a.bin`)).status).toBe(200);
    await refused('ALREADY_EXISTS', alice.api.repositories.create(at('before')));
    await alice.api.repositories.create(at('third'));
    await refused(
      'ALREADY_EXISTS',
      alice.api.repositories.move({ ...at('third'), to: { namespace: other, name: 'AFTER' } }),
    );
    await refused(
      'ALREADY_EXISTS',
      alice.api.repositories.move({ ...at('third'), to: { namespace: project, name: 'before' } }),
    );
    const back = await alice.api.repositories.move({
      ...at('before'),
      to: { namespace: project, name: 'before' },
    });
    expect(back.path).toBe(`${project}/before`);
    expect((await alice.api.repositories.get({ ...at('AFTER'), namespace: other })).path).toBe(
      `${project}/before`,
    );
    const recased = await alice.api.repositories.move({
      ...at('before'),
      to: { namespace: project, name: 'BEFORE' },
    });
    expect(recased.path).toBe(`${project}/BEFORE`);
    const stranger = await hub.person();
    await refused('NOT_FOUND', stranger.api.repositories.get({ ...at('After'), namespace: other }));
  });
});
