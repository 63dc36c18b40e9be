import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { conversions, dataTables } from '../data/table.ts';
import { authenticate } from '../people/authenticate.ts';
import { joinWorker, push, sha256 } from '../testing/flow.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { purgeFiles } from './purge.ts';
import { profiles, refs } from './versions-table.ts';

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
const card = (tag: string) => `---\ntags: [${tag}]\n---\n# About\n\nThe ${tag} of it.\n`;
const shown = async (name: string) => {
  const { tags, summary } = await alice.api.repositories.get(at(name));
  return { tags, summary };
};
async function context(): Promise<Context> {
  return {
    ...hub.services,
    actor: await authenticate(hub.services.db, `Bearer ${alice.token}`, undefined),
    request: { id: '', address: '', session: undefined, setSession: () => {}, retryAfter: () => {} },
  };
}

describe('what lists show of a card', () => {
  it('is that of the version which main was moved to', async () => {
    const first = await push(hub, alice, `${project}/moved`, { 'README.md': card('first') });
    await push(hub, alice, `${project}/moved`, { 'README.md': card('second') });
    expect(await shown('moved')).toEqual({ tags: ['second'], summary: 'The second of it.' });
    const main = { ...at('moved'), branch: 'main', overwrite: true };
    await alice.api.versions.createBranch({ ...main, revision: first.id });
    expect(await shown('moved')).toEqual({ tags: ['first'], summary: 'The first of it.' });
    await alice.api.versions.createBranch({ ...main, empty: true });
    expect(await shown('moved')).toEqual({ tags: [], summary: '' });
  });

  it('is gone with the card that was taken out of every version', async () => {
    await push(hub, alice, `${project}/purged`, { 'README.md': card('secret'), 'a.bin': 'a' });
    await purgeFiles(await context(), at('purged'), { hashes: [sha256(card('secret'))] });
    expect(await shown('purged')).toEqual({ tags: [], summary: '' });
  });
});

it('the ledger names a repository as it is called now, whatever it was asked for by', async () => {
  const other = await hub.project(alice);
  await push(hub, alice, `${project}/before`, { 'a.bin': 'a' });
  await alice.api.repositories.move({ ...at('before'), to: { namespace: other, name: 'after' } });
  await alice.api.repositories.update({ ...at('before'), title: 'Renamed' });
  await alice.api.repositories.remove(at('before'));
  const { items } = await alice.api.ledger.list({ namespace: other, limit: 10 });
  expect(items.slice(0, 2).map(({ action, subject }) => [action, subject])).toEqual([
    ['repository.delete', `${other}/after`],
    ['repository.update', `${other}/after`],
  ]);
});

it('an explanation that is not JSON explains nothing', async () => {
  await push(hub, alice, `${project}/odd`, { 'explanation.json': 'because' }, { kind: 'model' });
  expect(await alice.api.repositories.explanation({ ...at('odd'), kind: 'model', revision: 'main' })).toEqual(
    {},
  );
});

it('a squash keeps what was found out about the newest version, and nothing of those before', async () => {
  const worker = await joinWorker(hub, { kinds: ['prepare'] });
  const pushed = async (text: string) => {
    await push(hub, alice, `${project}/tables`, { 'train.csv': text });
    const lease = await worker.lease(['prepare']);
    if (!lease) throw new Error('no profile job');
    const file = await worker.put(lease, `PARQUET ${text}`);
    await worker.api.worker.complete({
      id: lease.id,
      leaseToken: lease.leaseToken,
      result: {
        kind: 'prepare',
        profile: { rows: 1, columns: [] },
        rows: [],
        files: [{ path: 'default/train/0000.parquet', sha256: file }],
        converted: {
          files: [{ config: 'default', split: 'train', part: 0, rows: 1, features: {} }],
          problems: [],
        },
      },
    });
  };
  for (const text of ['x\n1\n', 'x\n2\n']) await pushed(text);
  const { id: commit } = await alice.api.versions.squash({ ...at('tables'), message: 'All in one' });
  const dataset = { namespace: project, name: 'tables', revision: 'main' };
  expect(await alice.api.data.splits(dataset)).toMatchObject({ state: 'ready', commit });
  expect(await alice.api.repositories.profile({ ...at('tables'), revision: 'main' })).toMatchObject({
    state: 'ready',
  });
  const { id } = await alice.api.repositories.get(at('tables'));
  const { db } = hub.services;
  for (const table of [profiles, conversions, dataTables])
    expect(await db.select().from(table).where(eq(table.repository, id))).toHaveLength(1);
  const converted = await db
    .select()
    .from(refs)
    .where(and(eq(refs.repository, id), eq(refs.kind, 'convert')));
  expect(converted).toHaveLength(1);
  const { rows } = await db.execute(sql`select sha256 from repository_blobs where repository = ${id}`);
  expect(new Set(rows.map((row) => row['sha256']))).toEqual(
    new Set([sha256('x\n2\n'), sha256('PARQUET x\n2\n')]),
  );
});
