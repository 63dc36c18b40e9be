import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uploads } from '../blobs/table.ts';
import { workers } from '../sites/table.ts';
import { evaluation, joinWorker, prepared, push, sha256, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { payloadOf } from './payload.ts';
import { reap } from './reaper.ts';
import { jobs } from './table.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
let worker: TestWorker;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
  worker = await joinWorker(hub);
  await push(hub, alice, `${project}/data`, prepared);
});
afterAll(() => hub.stop());
// Each test starts with an empty queue.
beforeEach(async () => {
  await hub.services.db.update(jobs).set({ state: 'cancelled', finishedAt: new Date() });
});

const train = (more: object = {}) =>
  alice.api.runs.create({
    project,
    algorithm: 'mlp',
    dataset: `${project}/data`,
    model: `${project}/model`,
    ...more,
  });
const expire = (id: string) =>
  hub.services.db
    .update(jobs)
    .set({ leaseUntil: new Date(Date.now() - 1000) })
    .where(eq(jobs.id, id));
const read = (id: string) => alice.api.jobs.get({ id });

async function leaseTrain(by = worker) {
  const lease = await by.lease(['train']);
  if (lease?.payload.kind !== 'train') throw new Error('no train job to lease');
  return { ...lease, payload: lease.payload };
}

async function handIn(by: TestWorker, lease: Awaited<ReturnType<typeof leaseTrain>>, text = 'weights') {
  const hash = await by.put(lease, text);
  const result = {
    kind: 'train' as const,
    files: [{ path: 'model.onnx', sha256: hash }],
    evaluation: evaluation('accuracy', 0.9),
    steps: 10,
    parameters: 5,
  };
  return { result, call: () => by.api.worker.complete({ ...lease, result }) };
}

describe('a lease', () => {
  it('carries the exact version, goes to one worker alone, and ends in a model version', async () => {
    const run = await train();
    await push(hub, alice, `${project}/data`, { 'later.bin': 'not part of this run' });
    const other = await joinWorker(hub);
    const leases = (await Promise.all([worker.lease(['train']), other.lease(['train'])])).filter(Boolean);
    expect(leases).toHaveLength(1);
    const by = leases[0]?.id === undefined ? other : worker;
    const lease = leases[0];
    if (lease?.payload.kind !== 'train') throw new Error('no train job');
    expect(lease.payload.dataset.commit).toBe(run.datasetCommit);
    expect(lease.payload.dataset.files.map((file) => file.path)).not.toContain('later.bin');
    const { call } = await handIn(by, { ...lease, payload: lease.payload });
    await call();
    // The answer may have been lost on its way: once more is answered alike.
    await call();
    const after = await alice.api.runs.get({ id: run.id });
    expect(after).toMatchObject({ state: 'succeeded', evaluation: evaluation('accuracy', 0.9), attempts: 1 });
    const model = await alice.api.repositories.get({ kind: 'model', namespace: project, name: 'model' });
    expect(model).toMatchObject({
      head: after.modelCommit,
      sources: [{ dataset: `${project}/data`, revision: run.datasetCommit }],
    });
    const commits = await alice.api.repositories.history({
      kind: 'model',
      namespace: project,
      name: 'model',
    });
    expect(commits.items).toMatchObject([{ run: run.id, author: alice.username }]);
    const line = await alice.api.ledger.list({ namespace: project });
    expect(line.items[0]).toMatchObject({
      action: 'job.finish',
      details: { state: 'succeeded', site: 'local' },
    });
  });

  it('makes regular files of what Git keeps itself, and LFS files of the rest', async () => {
    await train({ model: `${project}/regular` });
    const lease = await leaseTrain();
    const files = [
      { path: 'config.json', sha256: await worker.put(lease, '{"hidden": 8}') },
      { path: 'model.onnx', sha256: await worker.put(lease, 'more weights') },
    ];
    const result = { kind: 'train' as const, files, evaluation: evaluation('accuracy', 0.9) };
    await worker.api.worker.complete({ ...lease, result: { ...result, steps: 1, parameters: 1 } });
    const tree = await alice.api.repositories.tree({ kind: 'model', namespace: project, name: 'regular' });
    const oid = createHash('sha1').update('blob 13\0{"hidden": 8}').digest('hex');
    expect(tree.files.map(({ path, gitOid }) => [path, gitOid])).toEqual([
      ['config.json', oid],
      ['model.onnx', undefined],
    ]);
  });

  it('is refused with a sentence when its files are too many or gone, and the queue goes on', async () => {
    const run = await train();
    const [row] = await hub.services.db.select().from(jobs).where(eq(jobs.id, run.job));
    await refused('TOO_LARGE', payloadOf(hub.services.db, row!, 'token', { most: 2, page: 10 }));
    const inputs = row!.inputs.map((input) => ({ ...input, commit: '0'.repeat(40) }));
    await hub.services.db.update(jobs).set({ inputs }).where(eq(jobs.id, row!.id));
    const next = await train();
    expect((await leaseTrain()).payload.run).toBe(next.id);
    expect(await read(row!.id)).toMatchObject({
      state: 'failed',
      error: { code: 'NOT_FOUND', message: expect.stringContaining('has no version') },
    });
  });

  it('tells very many files a page at a time, each with an address that opens', async () => {
    const at = { kind: 'dataset' as const, namespace: project, name: 'many' };
    await push(hub, alice, `${project}/many`, { 'a.csv': 'a\n1\n' });
    const paths = Array.from({ length: 20_500 }, (_, n) => `parts/${String(n).padStart(5, '0')}.csv`);
    for (let from = 0; from < paths.length; from += 10_000) {
      const some = paths.slice(from, from + 10_000);
      const operations = some.map((path) => ({ op: 'copy' as const, path, from: { path: 'a.csv' } }));
      await alice.api.repositories.commit({ ...at, message: 'Many', operations });
    }
    // The profiles of the versions before are not asked for here.
    await hub.services.db.update(jobs).set({ state: 'cancelled', finishedAt: new Date() });
    await alice.api.jobs.prepare({
      project,
      dataset: `${project}/many`,
      recipe: {},
      output: `${project}/out`,
    });
    const lease = await worker.lease(['prepare']);
    if (lease?.payload.kind !== 'prepare') throw new Error('no job to lease');
    const { id, leaseToken } = lease;
    const { path, commit, ...first } = lease.payload.dataset;
    const files = [...first.files];
    for (let { after } = first; after !== undefined; ) {
      const page = await worker.api.worker.files({ id, leaseToken, path, commit, after });
      expect(page.files.length).toBeLessThanOrEqual(10_000);
      files.push(...page.files);
      ({ after } = page);
    }
    expect(files.map((file) => file.path)).toEqual(['a.csv', ...paths]);
    expect(await (await fetch(`${hub.url}${files.at(-1)!.url}`)).text()).toBe('a\n1\n');
    const other = { id, leaseToken, path: `${project}/data`, commit, after: 'a' };
    await refused('NOT_FOUND', worker.api.worker.files(other));
    await refused('LEASE_LOST', worker.api.worker.files({ ...other, leaseToken: 'another' }));
  });

  it('refuses an old token everywhere once another worker has the job', async () => {
    await train();
    const first = await leaseTrain();
    await expire(first.id);
    await reap(hub.services);
    expect((await read(first.id)).error?.code).toBe('WORKER_LOST');
    const second = await leaseTrain(await joinWorker(hub));
    expect([second.id, second.attempt]).toEqual([first.id, 2]);
    expect(second.leaseToken).not.toBe(first.leaseToken);
    const { api } = worker;
    const old = { id: first.id, leaseToken: first.leaseToken };
    await refused('LEASE_LOST', api.worker.heartbeat(old));
    await refused('LEASE_LOST', api.worker.points({ ...old, points: [] }));
    await refused('LEASE_LOST', api.worker.log({ ...old, lines: [] }));
    await refused('LEASE_LOST', api.worker.fail({ ...old, error: { code: 'X', message: 'x' }, retry: true }));
    await refused('LEASE_LOST', api.worker.release(old));
    await refused('LEASE_LOST', worker.put(first, 'late'));
    await refused(
      'LEASE_LOST',
      api.worker.complete({
        ...old,
        result: {
          kind: 'train',
          files: [{ path: 'x', sha256: sha256('x') }],
          evaluation: evaluation('accuracy', 1),
          steps: 1,
          parameters: 1,
        },
      }),
    );
    const signed = first.payload.dataset.files[0]?.url ?? '';
    expect((await fetch(new URL(signed, hub.url))).status).toBe(409);
  });

  it('is renewed by heartbeats, and cannot be used by another site', async () => {
    await train();
    const lease = await leaseTrain();
    await expire(lease.id);
    const { cancel, leaseUntil } = await worker.api.worker.heartbeat({
      ...lease,
      progress: { step: 3, totalSteps: 9 },
    });
    expect([cancel, Date.parse(leaseUntil) > Date.now()]).toEqual([false, true]);
    await reap(hub.services);
    expect(await read(lease.id)).toMatchObject({ state: 'running', progress: { step: 3, totalSteps: 9 } });
    const owner = await hub.owner();
    await owner.api.sites.create({ name: 'elsewhere', organisation: await hub.organisation(owner) });
    const stranger = await joinWorker(hub, { site: 'elsewhere' });
    await refused('LEASE_LOST', stranger.api.worker.heartbeat(lease));
  });

  it('wakes a waiting worker as soon as there is a job', async () => {
    const waiting = worker.lease(['train'], 20_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedAt = Date.now();
    const run = await train();
    expect((await waiting)?.payload).toMatchObject({ kind: 'train', run: run.id });
    expect(Date.now() - startedAt).toBeLessThan(4000);
  });

  it('gives up a job that five workers fell silent on', async () => {
    const run = await train();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const lease = await leaseTrain();
      expect(lease.attempt).toBe(attempt);
      await expire(lease.id);
      await reap(hub.services);
    }
    expect(await worker.lease(['train'])).toBeUndefined();
    expect(await read(run.job)).toMatchObject({ state: 'dead', error: { code: 'WORKERS_LOST' } });
    expect((await alice.api.runs.get({ id: run.id })).state).toBe('failed');
  });
});

describe('a job that does not go through', () => {
  it('is tried again when that makes sense, and given back unharmed by a worker that leaves', async () => {
    const run = await train();
    const lease = await leaseTrain();
    const error = { code: 'NETWORK', message: 'The hub could not be reached.' };
    await worker.api.worker.fail({ ...lease, error, retry: true });
    expect(await read(run.job)).toMatchObject({ state: 'queued', error });
    expect(await worker.lease(['train'])).toBeUndefined();
    await hub.services.db.update(jobs).set({ runAt: new Date() }).where(eq(jobs.id, run.job));
    await worker.api.worker.release(await leaseTrain());
    const last = await leaseTrain();
    expect(last.attempt).toBe(2);
    await worker.api.worker.fail({ ...last, error: { code: 'NOT_FINITE', message: 'NaN' }, retry: false });
    expect(await alice.api.runs.get({ id: run.id })).toMatchObject({
      state: 'failed',
      error: { code: 'NOT_FINITE' },
    });
  });

  it('goes on from the last checkpoint, and leaves none behind', async () => {
    const run = await train();
    const first = await leaseTrain();
    const early = await worker.put(first, 'after step 5');
    await worker.api.worker.checkpoint({ ...first, step: 5, sha256: early });
    const late = await worker.put(first, 'after step 9');
    await worker.api.worker.checkpoint({ ...first, step: 9, sha256: late });
    expect(await hub.services.blobs.sizeBytes(early)).toBeUndefined();
    await refused(
      'BAD_INPUT',
      worker.api.worker.checkpoint({ ...first, step: 9, sha256: sha256('never sent') }),
    );
    await expire(first.id);
    await reap(hub.services);
    const second = await leaseTrain();
    const { checkpoint } = second.payload;
    expect(await (await fetch(new URL(checkpoint?.url ?? '', hub.url))).text()).toBe('after step 9');
    await (await handIn(worker, second, 'kept weights')).call();
    await hub.services.db
      .update(jobs)
      .set({ finishedAt: new Date(0) })
      .where(eq(jobs.id, run.job));
    await reap(hub.services);
    expect(await hub.services.blobs.sizeBytes(late)).toBeUndefined();
    expect(await hub.services.blobs.sizeBytes(sha256('kept weights'))).toBe(12);
    expect(await hub.services.db.select().from(uploads).where(eq(uploads.uploader, run.job))).toEqual([]);
  });

  it('stops when somebody asks: at once in the queue, at the next heartbeat when it runs', async () => {
    const queued = await train();
    expect((await alice.api.runs.cancel({ id: queued.id })).state).toBe('cancelled');
    const run = await train();
    const lease = await leaseTrain();
    expect((await alice.api.runs.cancel({ id: run.id })).state).toBe('running');
    expect((await worker.api.worker.heartbeat(lease)).cancel).toBe(true);
    await worker.api.worker.release(lease);
    expect((await alice.api.runs.get({ id: run.id })).state).toBe('cancelled');
    const reader = await hub.member(alice, project, 'contributor');
    const other = await train();
    await refused('NOT_ALLOWED', reader.api.runs.cancel({ id: other.id }));
  });

  it('cannot hand in bytes that its job did not bring', async () => {
    await train();
    const lease = await leaseTrain();
    await expect(worker.put(lease, 'sent', sha256('announced'))).rejects.toMatchObject({ code: 'CHECKSUM' });
    await refused(
      'BAD_INPUT',
      worker.api.worker.complete({
        ...lease,
        result: {
          kind: 'train',
          files: [{ path: 'x', sha256: sha256('train') }],
          evaluation: evaluation('accuracy', 1),
          steps: 1,
          parameters: 1,
        },
      }),
    );
    expect((await read(lease.id)).state).toBe('running');
  });
});

describe('who may compute where', () => {
  it('asks for consent again when a worker takes the job', async () => {
    const owner = await hub.person();
    const institute = await hub.organisation(owner);
    await push(hub, owner, `${institute}/gated`, prepared, { visibility: 'gated' });
    const run = { dataset: `${institute}/gated` };
    await refused('CONSENT_NEEDED', train(run));
    const asked = await alice.api.grants.request({
      resource: { kind: 'dataset', path: `${institute}/gated` },
      subject: { kind: 'project', slug: project },
      purpose: 'to learn',
      algorithms: ['mlp'],
      acceptTerms: true,
    });
    await owner.api.grants.decide({ id: asked.id, decision: 'grant' });
    await refused('CONSENT_NEEDED', train({ ...run, algorithm: 'linear' }));
    const { id } = await train(run);
    await owner.api.grants.revoke({ id: asked.id });
    expect(await worker.lease(['train'])).toBeUndefined();
    const after = await alice.api.runs.get({ id });
    expect(after).toMatchObject({ state: 'failed', error: { code: 'CONSENT_NEEDED' } });
    expect(after.error?.message).toMatch(/^Consent ended before the job could start\. /);
  });

  it('keeps data at the sites that its terms name, and a site to the namespaces that its policy names', async () => {
    const owner = await hub.owner();
    const lab = await hub.organisation(owner);
    await owner.api.sites.create({ name: 'vault', organisation: lab, policy: { namespaces: [] } });
    await alice.api.projects.update({ slug: project, organisations: [lab] });
    const vault = await joinWorker(hub, { site: 'vault' });
    await push(hub, alice, `${project}/bound`, prepared);
    await alice.api.repositories.update({
      kind: 'dataset',
      namespace: project,
      name: 'bound',
      terms: { text: '', purposes: [], sites: ['vault'] },
    });
    await refused('CONSENT_NEEDED', train({ dataset: `${project}/bound`, site: 'local' }));
    await refused('NOT_ALLOWED', train({ site: 'vault' }), { field: 'site' });
    await refused('BAD_INPUT', train({ site: 'nowhere' }), { field: 'site' });
    const run = await train({ dataset: `${project}/bound` });
    expect(await worker.lease(['train'])).toBeUndefined();
    expect(await vault.lease(['train'])).toBeUndefined();
    expect((await read(run.job)).waitingFor).toBe(`The site "vault" does not take jobs of "${project}".`);
    await owner.api.sites.update({ name: 'vault', policy: { namespaces: [project], kinds: ['train'] } });
    expect((await read(run.job)).waitingFor).toBeUndefined();
    expect((await vault.lease(['train']))?.id).toBe(run.job);
  });

  it('stops a job that runs longer than its site allows', async () => {
    const owner = await hub.owner();
    await owner.api.sites.create({
      name: 'short',
      organisation: await hub.organisation(owner),
      policy: { maxJobHours: 0.5 },
    });
    const short = await joinWorker(hub, { site: 'short' });
    const run = await train({ site: 'short' });
    const lease = await leaseTrain(short);
    await hub.services.db
      .update(jobs)
      .set({ attemptAt: new Date(Date.now() - 3_600_000) })
      .where(eq(jobs.id, run.job));
    await reap(hub.services);
    expect((await short.api.worker.heartbeat(lease)).cancel).toBe(true);
    await short.api.worker.release(lease);
    expect(await read(run.job)).toMatchObject({ state: 'failed', error: { code: 'TIME_LIMIT' } });
  });

  it('says why nobody takes a job, and hides jobs from strangers', async () => {
    const run = await train();
    expect((await read(run.job)).waitingFor).toBeUndefined();
    await hub.services.db.update(workers).set({ lastSeenAt: new Date(0) });
    expect((await read(run.job)).waitingFor).toMatch(/No worker is connected/);
    const stranger = await hub.person();
    await refused('NOT_FOUND', stranger.api.jobs.get({ id: run.job }));
    expect((await stranger.api.jobs.list({})).items).toEqual([]);
    await refused('NOT_FOUND', stranger.api.worker.lease({ worker: worker.id, kinds: ['train'], waitMs: 0 }));
  });
});
