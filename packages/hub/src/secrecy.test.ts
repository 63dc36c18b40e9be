import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { refuse, uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedUrl } from './blobs/sign.ts';
import { reap } from './jobs/reaper.ts';
import { evaluation, joinWorker, prepared, push, type TestWorker } from './testing/flow.ts';
import { refused } from './testing/refused.ts';
import { dialIn } from './testing/serving.ts';
import { startTestHub, type TestHub, type TestPerson } from './testing.ts';

/** Ways to bytes that are not one's own, each tried in earnest. */
let hub: TestHub;
let lender: TestPerson;
let owner: TestPerson;
let stranger: TestPerson;
let worker: TestWorker;
let institute: string;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  [lender, owner, stranger] = [await hub.person(), await hub.person(), await hub.person()];
  institute = await hub.organisation(lender);
  project = await hub.project(owner);
  worker = await joinWorker(hub);
});
afterAll(() => hub.stop());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function get(address: string, token?: string): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${hub.url}${address}`, { headers });
  await refuse(response);
  return response;
}

const download = (person: TestPerson, kind: string, path: string, file: string) =>
  get(`/api/files/${kind}/${path}/main/${file}`, person.token);

/** A job of the project, running at the hub's own worker. */
async function lease() {
  const { id } = await owner.api.runs.create({
    project,
    algorithm: 'mlp',
    dataset: `${project}/data`,
    model: `${project}/model`,
  });
  const lease = await worker.lease(['train']);
  if (lease?.payload.kind !== 'train') throw new Error('no job');
  return { run: id, lease, files: lease.payload.dataset.files };
}

/** A gated dataset of the institute, granted to the project, and a model that was trained on it. */
async function borrow(name: string) {
  const gated = `${institute}/${name}`;
  await push(hub, lender, gated, { ...prepared, 'secret.csv': `secret ${name}` }, { visibility: 'gated' });
  const { id: grant } = await owner.api.grants.request({
    resource: { kind: 'dataset', path: gated },
    subject: { kind: 'project', slug: project },
    purpose: 'to compare',
    acceptTerms: true,
  });
  await lender.api.grants.decide({ id: grant, decision: 'grant' });
  const model = `${project}/of-${name}`;
  await owner.api.runs.create({ project, algorithm: 'mlp', dataset: gated, model });
  const lease = await worker.lease(['train']);
  if (!lease) throw new Error('no job');
  const onnx = await worker.put(lease, `weights of ${name}`);
  await worker.api.worker.complete({
    ...lease,
    result: {
      kind: 'train',
      files: [{ path: 'model.onnx', sha256: onnx }],
      evaluation: evaluation('accuracy', 0.5),
      steps: 1,
      parameters: 1,
    },
  });
  return { gated, grant, model };
}

describe('a signed address', () => {
  beforeAll(() => push(hub, owner, `${project}/data`, prepared));

  it('opens the file that the lease was given, as long as the lease holds', async () => {
    const { lease: held, files } = await lease();
    const [file] = files;
    if (!file) throw new Error('no file');
    expect(await (await get(file.url)).text()).toBe(prepared[file.path as keyof typeof prepared]);
    await refused('LEASE_LOST', get(file.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))));
    await refused('LEASE_LOST', get(file.url.replace(/signature=.*/, 'signature=')));
    await refused('BAD_INPUT', get(file.url.replace(/&signature=.*/, '')));
    await refused('LEASE_LOST', get(file.url.replace(file.sha256, files[1]?.sha256 ?? '')));
    const other = await lease();
    await refused('LEASE_LOST', get(file.url.replace(held.id, other.lease.id)));
    await worker.api.worker.release(held);
    await refused('LEASE_LOST', get(file.url));
    const again = await worker.lease(['train']);
    expect(again?.id).toBe(held.id);
    await refused('LEASE_LOST', get(file.url));
    for (const one of [again, other.lease]) if (one) await owner.api.jobs.cancel({ id: one.id });
  });

  it('cannot be made by the worker itself for bytes that its job does not read', async () => {
    await push(hub, lender, `${institute}/hidden`, { 'secret.csv': 'a secret' });
    await push(hub, owner, `${project}/more`, { 'more.csv': 'another dataset of the same project' });
    const { lease: held } = await lease();
    for (const text of ['a secret', 'another dataset of the same project'])
      for (const path of [undefined, 'secret.csv', 'more.csv', 'train.parquet'])
        await refused(
          'LEASE_LOST',
          get(
            signedUrl(
              { sha256: sha256(text), ...(path !== undefined && { path }) },
              held.id,
              held.leaseToken,
            ),
          ),
        );
    const checkpoint = await worker.put(held, 'weights so far');
    await worker.api.worker.checkpoint({ ...held, step: 1, sha256: checkpoint });
    await get(signedUrl({ sha256: checkpoint }, held.id, held.leaseToken));
    await worker.api.worker.release(held);
    await owner.api.jobs.cancel({ id: held.id });
  });
});

describe('what a worker brings', () => {
  it('is taken with the lease of this attempt and the token of its site alone', async () => {
    const { lease: first } = await lease();
    await owner.api.organisations.create({ slug: 'rivals', title: 'Rivals' });
    await owner.api.sites.create({ name: 'rivals', organisation: 'rivals' });
    const rival = await joinWorker(hub, { site: 'rivals', by: owner });
    await refused('LEASE_LOST', rival.put(first, 'weights'));
    await refused('LEASE_LOST', rival.api.worker.heartbeat(first));
    await refused('CHECKSUM', worker.put(first, 'weights', sha256('others')));
    await worker.api.worker.release(first);
    const second = await worker.lease(['train']);
    expect(second?.id).toBe(first.id);
    await refused('LEASE_LOST', worker.put(first, 'weights'));
    if (second) await worker.put(second, 'weights');
    await owner.api.jobs.cancel({ id: first.id });
  });
});

describe('a known hash', () => {
  it('is not the bytes', async () => {
    const secret = 'known by its hash alone';
    const { id } = await push(
      hub,
      lender,
      `${institute}/known`,
      { 'a.csv': secret },
      { visibility: 'gated' },
    );
    const take = (person: TestPerson, namespace: string) =>
      person.api.repositories
        .commit({
          kind: 'dataset',
          namespace,
          name: 'taken',
          message: 'mine now',
          operations: [{ op: 'add', path: 'a.csv', sha256: sha256(secret) }],
        })
        .then((commit) => commit.id);
    await owner.api.repositories.create({ kind: 'dataset', namespace: project, name: 'taken' });
    await refused('BAD_INPUT', take(owner, project));
    await refused('CONSENT_NEEDED', download(owner, 'dataset', `${institute}/known`, 'a.csv'));
    await refused('CONSENT_NEEDED', get(`/api/files/dataset/${institute}/known/${id}/a.csv`, owner.token));
    const announced = fetch(`${hub.url}/api/blobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}`, 'content-sha256': sha256(secret) },
      body: '',
    });
    await refused('CHECKSUM', announced.then(refuse));
    await refused('BAD_INPUT', take(owner, project));
    // Whoever has the bytes may use them: they brought them.
    await uploadBlob({ url: hub.url, token: owner.token }, new TextEncoder().encode(secret));
    await take(owner, project);
  });
});

describe('what comes from gated data', () => {
  it('is read by those alone who may read the data', async () => {
    const { gated, model, grant } = await borrow('read');
    await owner.api.repositories.update({
      kind: 'model',
      namespace: project,
      name: 'of-read',
      visibility: 'public',
    });
    await download(owner, 'dataset', gated, 'secret.csv');
    await download(owner, 'model', model, 'model.onnx');
    await refused('CONSENT_NEEDED', download(stranger, 'dataset', gated, 'secret.csv'));
    await refused('CONSENT_NEEDED', download(stranger, 'model', model, 'model.onnx'));
    const own = await hub.project(stranger);
    await refused('CONSENT_NEEDED', stranger.api.deployments.create({ model, project: own, name: 'theirs' }));
    await lender.api.grants.revoke({ id: grant });
    await refused('CONSENT_NEEDED', download(owner, 'model', model, 'model.onnx'));
    await refused('CONSENT_NEEDED', owner.api.deployments.create({ model, name: 'late' }));
  });

  it('answers to the project that holds the grant, not to the public', async () => {
    const { model } = await borrow('answers');
    await refused(
      'CONSENT_NEEDED',
      owner.api.deployments.create({ model, name: 'open', visibility: 'public' }),
    );
    await owner.api.deployments.create({ model, name: 'inside' });
    await refused('NOT_FOUND', stranger.api.deployments.predict({ name: 'inside', rows: [{}] }));
    await owner.api.deployments.stop({ name: 'inside' });
  });

  it('stops being served, and being trained on, when the grant ends', async () => {
    const { model, gated, grant } = await borrow('ends');
    const { job } = await owner.api.deployments.create({ model, name: 'served' });
    const serve = await worker.lease(['serve']);
    if (serve?.id !== job) throw new Error('another job');
    const tunnel = await dialIn(hub, worker, serve);
    await expect.poll(async () => (await owner.api.deployments.get({ name: 'served' })).state).toBe('ready');
    const run = await owner.api.runs.create({ project, algorithm: 'mlp', dataset: gated, model });
    const train = await worker.lease(['train']);
    if (train?.id !== run.job) throw new Error('another job');
    await reap(hub.services);
    for (const held of [serve, train])
      expect(await worker.api.worker.heartbeat(held)).toMatchObject({ cancel: false });

    await lender.api.grants.revoke({ id: grant });
    await reap(hub.services);
    for (const held of [serve, train])
      expect(await worker.api.worker.heartbeat(held)).toMatchObject({ cancel: true });
    const closed = once(tunnel.socket, 'close');
    await worker.api.worker.release(serve);
    await worker.api.worker.release(train);
    await closed;
    expect((await owner.api.runs.get({ id: run.id })).error).toMatchObject({ code: 'CONSENT_NEEDED' });
    await refused('GONE', owner.api.deployments.predict({ name: 'served', rows: [{}] }));
  });
});

describe('a machine that nobody asked for', () => {
  it('gets no job of a project, until the project chooses it', async () => {
    const trap = await hub.organisation(stranger);
    await stranger.api.sites.create({ name: 'trap', organisation: trap });
    const trapper = await joinWorker(hub, { site: 'trap', by: stranger });
    await push(hub, owner, `${project}/private`, prepared);
    const train = (more: object = {}) =>
      owner.api.runs.create({
        project,
        algorithm: 'mlp',
        dataset: `${project}/private`,
        model: `${project}/own`,
        ...more,
      });
    const run = await train();
    expect(await trapper.lease()).toBeUndefined();
    expect((await owner.api.jobs.get({ id: run.job })).waitingFor).toBeUndefined();
    expect((await worker.lease(['train']))?.id).toBe(run.job);

    const sent = await train({ site: 'trap' });
    expect((await trapper.lease(['train']))?.id).toBe(sent.job);
    const next = await train();
    expect(await trapper.lease()).toBeUndefined();
    await owner.api.projects.update({ slug: project, organisations: [trap] });
    expect((await trapper.lease(['train']))?.id).toBe(next.job);
  });
});
