import type { Answer, JobPayload } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { reap } from '../jobs/reaper.ts';
import { jobs } from '../jobs/table.ts';
import { joinWorker, push, sha256, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let owner: TestPerson;
let worker: TestWorker;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  owner = await hub.owner();
  project = await hub.project(owner);
  worker = await joinWorker(hub);
});
afterAll(() => hub.stop());

const features = { x: { dtype: 'int64', _type: 'Value' } };
const page = (n: number): Answer => ({
  ask: 'rows',
  features,
  rows: [{ index: 0, row: { x: n }, truncatedCells: [] }],
  total: n,
});

const split = (name: string) => ({ config: 'default', split: name, part: 0, rows: 5, features });

/** Does the profile job that waits, as a worker would: `train` is written, `test` was Parquet already. */
async function convert(texts: { train?: string; test?: string } = { train: 'TRAIN' }) {
  const lease = await worker.lease(['prepare']);
  if (lease?.payload.kind !== 'prepare') throw new Error('no profile job');
  const { files } = lease.payload.dataset;
  const given = files.find(({ path }) => path === 'test.parquet')?.sha256;
  const uploaded = texts.train === undefined ? undefined : await worker.put(lease, texts.train);
  await worker.api.worker.complete({
    id: lease.id,
    leaseToken: lease.leaseToken,
    result: {
      kind: 'prepare',
      profile: { rows: 5, columns: [] },
      rows: [],
      files: uploaded === undefined ? [] : [{ path: 'default/train/0000.parquet', sha256: uploaded }],
      converted: {
        files: [
          ...(uploaded === undefined ? [] : [split('train')]),
          ...(given === undefined ? [] : [{ ...split('test'), given }]),
        ],
        problems: [{ path: 'notes.xyz', message: 'of no kind that is read' }],
      },
    },
  });
}

/** Answers the query that comes next; tells what the worker was given. */
async function reply(answer: Answer): Promise<Extract<JobPayload, { kind: 'query' }>> {
  const lease = await worker.lease(['query'], 10_000);
  if (lease?.payload.kind !== 'query') throw new Error('no query');
  const { id, leaseToken, payload } = lease;
  await worker.api.worker.complete({ id, leaseToken, result: { kind: 'query', answer } });
  return payload;
}

/** Fails the query that comes next. */
async function fail(code: string): Promise<void> {
  const lease = await worker.lease(['query'], 10_000);
  if (!lease) throw new Error('no query');
  const { id, leaseToken } = lease;
  await worker.api.worker.fail({
    id,
    leaseToken,
    error: { code, message: 'Parser Error: no' },
    retry: false,
  });
}

async function makeDataset(
  name: string,
  files: Record<string, string>,
  options: Parameters<typeof push>[4] = {},
) {
  await push(hub, owner, `${project}/${name}`, files, options);
  return { namespace: project, name };
}

it('converts a version, keeps its Parquet under refs/convert/parquet, and answers rows from a worker', async () => {
  const at = await makeDataset('both', { 'train.csv': 'x\n1\n', 'test.parquet': 'TEST' });
  expect(await owner.api.data.splits(at)).toMatchObject({ state: 'pending', splits: [] });
  expect(await owner.api.data.rows(at)).toMatchObject({ state: 'pending' });
  await convert();
  expect(await owner.api.data.splits(at)).toMatchObject({
    state: 'ready',
    splits: [
      { config: 'default', split: 'train', table: 'train', rows: 5, sizeBytes: 5 },
      { config: 'default', split: 'test', table: 'test', rows: 5 },
    ],
    problems: [{ path: 'notes.xyz' }],
  });
  const file = (path: string, token = owner.token) =>
    fetch(
      `${hub.url}/api/files/dataset/${project}/both/${encodeURIComponent('refs/convert/parquet')}/${path}`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
  expect(await (await file('default/train/0000.parquet')).text()).toBe('TRAIN');
  expect(await (await file('default/test/0000.parquet')).text()).toBe('TEST');

  const asked = owner.api.data.rows({ ...at, split: 'test', offset: 1, where: 'x > 1' });
  const payload = await reply(page(3));
  expect(payload).toMatchObject({
    question: { ask: 'rows', offset: 1, where: 'x > 1' },
    tables: [{ split: 'test', files: [{ path: 'default/test/0000.parquet', rows: 5 }] }],
    dataset: { files: [{ path: 'default/test/0000.parquet' }] },
    limits: { memoryMb: 512, timeMs: 30_000, answerBytes: 1 << 20 },
  });
  expect(await asked).toMatchObject({ state: 'ready', total: 3, rows: [{ row: { x: 3 } }] });
  // The same question is answered from the job that is there.
  expect(await owner.api.data.rows({ ...at, split: 'test', offset: 1, where: 'x > 1' })).toMatchObject({
    total: 3,
  });

  await refused('NOT_FOUND', owner.api.data.rows({ ...at, split: 'dev' }));
});

it('gives a worker those files alone that hold the page, or that a statement names', async () => {
  const at = { namespace: project, name: 'both' };
  const asked = owner.api.data.sql({ ...at, sql: 'SELECT count(*) FROM "Train"' });
  const { tables, dataset } = await reply({
    ask: 'sql',
    columns: [],
    rows: [],
    truncated: false,
    elapsedMs: 1,
  });
  expect(tables.map(({ name }) => name)).toEqual(['train']);
  expect(dataset.files.map(({ path }) => path)).toEqual(['default/train/0000.parquet']);
  expect(await asked).toMatchObject({ state: 'ready', truncated: false });
  expect(await owner.api.data.rows({ ...at, offset: 5 })).toMatchObject({
    state: 'ready',
    rows: [],
    total: 5,
  });
});

it('tells what the worker refused as a refusal, and what broke as a failure of the worker', async () => {
  const at = { namespace: project, name: 'both' };
  const wrong = refused('BAD_INPUT', owner.api.data.sql({ ...at, sql: 'SELEC train' }));
  await fail('QUERY_SQL');
  await wrong;
  const broken = refused('UPSTREAM', owner.api.data.sql({ ...at, sql: 'FROM train' }));
  await fail('FAILED');
  await broken;
});

it('shows data to those alone who may read the files, also with a token for reading', async () => {
  const at = await makeDataset('gated', { 'train.csv': 'x\n1\n' }, { visibility: 'gated' });
  await convert();
  const stranger = await hub.person();
  await refused('CONSENT_NEEDED', stranger.api.data.splits(at));
  await refused('CONSENT_NEEDED', stranger.api.data.rows(at));
  await refused('CONSENT_NEEDED', stranger.api.data.sql({ ...at, sql: 'FROM train' }));
  const { token } = await owner.api.people.createToken({ name: 'reading', scope: 'read' });
  const asked = hub.client(token).data.rows(at);
  await reply(page(1));
  expect(await asked).toMatchObject({ state: 'ready' });
});

it('asks workers of those sites alone that the terms name', async () => {
  const at = await makeDataset('bound', { 'train.csv': 'x\n1\n' });
  await convert();
  await owner.api.sites.create({ name: 'clinic', organisation: await hub.organisation(owner) });
  await owner.api.repositories.update({
    kind: 'dataset',
    ...at,
    terms: { text: '', purposes: [], sites: ['clinic'] },
  });
  const asked = refused('UPSTREAM', owner.api.data.rows(at));
  await vi.waitUntil(
    async () => (await owner.api.jobs.list({ kind: 'query', state: 'queued' })).items.length > 0,
  );
  expect(await worker.lease(['query'])).toBeUndefined();
  const [job] = (await owner.api.jobs.list({ kind: 'query', state: 'queued' })).items;
  expect(job?.waitingFor).toMatch(/clinic/);
  await owner.api.jobs.cancel({ id: job?.id ?? '' });
  await asked;
});

it('keeps looks out of the lists of jobs and from others, and forgets them after an hour', async () => {
  const colleague = await hub.member(owner, project, 'maintainer');
  const mine = (await owner.api.jobs.list({ kind: 'query' })).items;
  expect(mine.length).toBeGreaterThan(2);
  expect((await owner.api.jobs.list({})).items.map(({ kind }) => kind)).not.toContain('query');
  expect((await colleague.api.jobs.list({ kind: 'query' })).items).toEqual([]);
  await refused('NOT_FOUND', colleague.api.jobs.get({ id: mine[0]?.id ?? '' }));
  await hub.services.db
    .update(jobs)
    .set({ finishedAt: new Date(Date.now() - 3_700_000) })
    .where(eq(jobs.kind, 'query'));
  await reap(hub.services);
  expect((await owner.api.jobs.list({ kind: 'query' })).items).toEqual([]);
});

it('keeps the tables of older versions, shares them with versions of the same files, and asks again when the card divides them anew', async () => {
  const at = await makeDataset('aging', { 'train.csv': 'x\n1\n' });
  await convert({ train: 'OLD' });
  const { commit: first } = await owner.api.data.splits(at);
  await makeDataset('aging', { 'README.md': '# A card' });
  expect(await owner.api.data.splits(at)).toMatchObject({ state: 'ready', splits: [{ sizeBytes: 3 }] });
  await makeDataset('aging', {
    'README.md': '---\nconfigs:\n- config_name: a\n  data_files: "*.csv"\n---\n',
  });
  expect(await owner.api.data.splits(at)).toMatchObject({ state: 'pending' });
  await convert({ train: 'NEWER' });
  expect(await owner.api.data.splits(at)).toMatchObject({ splits: [{ sizeBytes: 5 }] });
  expect(await owner.api.data.splits({ ...at, revision: first })).toMatchObject({
    splits: [{ sizeBytes: 3 }],
  });
});

it('refuses a conversion that names bytes which the job did not bring and the dataset does not hold', async () => {
  await push(hub, owner, `${project}/secret`, { 'note.md': 'SECRET' });
  await makeDataset('thief', { 'train.csv': 'x\n1\n' });
  const lease = await worker.lease(['prepare']);
  if (!lease) throw new Error('no job');
  const { id, leaseToken } = lease;
  const file = {
    config: 'default',
    split: 'train',
    part: 0,
    rows: 1,
    features,
    given: sha256('SECRET'),
  };
  const result = {
    kind: 'prepare' as const,
    profile: {},
    rows: [],
    converted: { files: [file], problems: [] },
  };
  await refused('BAD_INPUT', worker.api.worker.complete({ id, leaseToken, result }));
  await worker.api.worker.fail({ id, leaseToken, error: { code: 'X', message: 'x' }, retry: false });
});
