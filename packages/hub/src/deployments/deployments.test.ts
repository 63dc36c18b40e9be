import { once } from 'node:events';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { reap } from '../jobs/reaper.ts';
import { jobs } from '../jobs/table.ts';
import { joinWorker, push, type TestLease, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { dialIn, type ServingWorker } from '../testing/serving.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
let worker: TestWorker;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
  worker = await joinWorker(hub);
  await push(hub, alice, `${project}/weights`, { 'model.onnx': 'x' }, { kind: 'model' });
});
afterAll(() => hub.stop());

async function leaseServe(): Promise<TestLease> {
  const lease = await worker.lease(['serve']);
  if (!lease) throw new Error('no serve job');
  return lease;
}

async function deploy(
  name: string,
  more: object = {},
): Promise<{ lease: TestLease; serving: ServingWorker }> {
  await alice.api.deployments.create({ model: `${project}/weights`, name, ...more });
  const lease = await leaseServe();
  const serving = await dialIn(hub, worker, lease);
  await expect.poll(async () => (await alice.api.deployments.get({ name })).state).toBe('ready');
  return { lease, serving };
}

const predict = (name: string, rows: (string | number)[] = [1], by = alice) =>
  by.api.deployments.predict({ name, rows });

const closing = async (socket: WebSocket): Promise<string> => {
  const [code, reason]: [number, Buffer] = (await once(socket, 'close')) as [number, Buffer];
  return `${code} ${String(reason)}`;
};
const dial = async (id: string): Promise<WebSocket> => {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/jobs/${id}/tunnel`);
  await once(socket, 'open');
  return socket;
};

describe('a deployment', () => {
  it('starts, answers, survives its worker and stops', async () => {
    const made = await alice.api.deployments.create({ model: `${project}/weights` });
    const { name } = made;
    expect([name, made.state, made.requests]).toEqual([`${project}-weights`, 'starting', 0]);
    await refused('UNAVAILABLE', predict(name));
    await refused('ALREADY_EXISTS', alice.api.deployments.create({ model: `${project}/weights` }));

    const lease = await leaseServe();
    expect(lease.payload).toMatchObject({
      kind: 'serve',
      deployment: name,
      model: { path: `${project}/weights` },
    });
    const serving = await dialIn(hub, worker, lease);
    await expect.poll(async () => (await alice.api.deployments.get({ name })).state).toBe('ready');
    expect(await predict(name, [5, 6])).toEqual({ predictions: [{ value: 0 }, { value: 1 }] });
    await refused('BAD_INPUT', predict(name, ['bad']));
    const ready = await alice.api.deployments.get({ name });
    expect(ready).toMatchObject({ requests: 2, manifest: { task: 'generation' } });
    expect(ready.addresses).toEqual({
      predict: `${hub.url}/api/v1/deployments/${name}/predict`,
      infer: `${hub.url}/v2/models/${name}/infer`,
      chat: `${hub.url}/v1/chat/completions`,
      completions: `${hub.url}/v1/completions`,
    });

    // The worker dies: its lease runs out and the next one takes over.
    serving.socket.terminate();
    await expect.poll(async () => (await alice.api.deployments.get({ name })).state).toBe('starting');
    await hub.services.db
      .update(jobs)
      .set({ leaseUntil: new Date(0) })
      .where(eq(jobs.id, lease.id));
    await reap(hub.services);
    const second = await leaseServe();
    const again = await dialIn(hub, worker, second);
    await expect.poll(() => predict(name).catch(() => undefined)).toEqual({ predictions: [{ value: 0 }] });

    const closed = once(again.socket, 'close');
    expect((await alice.api.deployments.stop({ name })).state).toBe('stopped');
    await closed;
    expect((await worker.api.worker.heartbeat(second)).cancel).toBe(true);
    await worker.api.worker.complete({ ...second, result: { kind: 'serve' } });
    await refused('GONE', predict(name));
    // Its name is free again.
    expect((await alice.api.deployments.create({ model: `${project}/weights` })).state).toBe('starting');
    await alice.api.deployments.stop({ name });
  });

  it('is closed to strangers, who learn nothing of it', async () => {
    const { serving, lease } = await deploy('inside');
    await deploy('open', { visibility: 'public' });
    const stranger = await hub.person();
    await refused('NOT_FOUND', predict('inside', [1], stranger));
    await refused('NOT_FOUND', stranger.api.deployments.get({ name: 'inside' }));
    expect((await stranger.api.deployments.list({})).items.map((item) => item.name)).toEqual(['open']);
    expect(await predict('open', [1], stranger)).toEqual({ predictions: [{ value: 0 }] });
    await refused('NOT_ALLOWED', stranger.api.deployments.stop({ name: 'open' }));
    const reader = await hub.member(alice, project, 'reader');
    await refused(
      'NOT_ALLOWED',
      reader.api.deployments.create({ model: `${project}/weights`, name: 'mine' }),
    );
    await refused('NOT_SIGNED_IN', hub.client().deployments.predict({ name: 'open', rows: [1] }));
    await serving.close();
    await alice.api.deployments.stop({ name: 'inside' });
    await worker.api.worker.release(lease);
  });
});

describe('the tunnel', () => {
  it('refuses whoever does not hold the lease', async () => {
    await alice.api.deployments.create({ model: `${project}/weights`, name: 'fenced' });
    const lease = await leaseServe();
    const wrong = await dialIn(hub, worker, { id: lease.id, leaseToken: 'old' });
    expect(await closing(wrong.socket)).toMatch(/^1008 This lease is over/);
    const thief = await dialIn(hub, { token: alice.token }, lease);
    expect(await closing(thief.socket)).toMatch(/^1008/);
    const unknown = await dialIn(hub, { token: 'hf_nonsense' }, lease);
    expect(await closing(unknown.socket)).toMatch(/^1008/);
    const rude = await dial(lease.id);
    rude.send('not json');
    expect(await closing(rude)).toBe('1008 the first frame must be hello');
    expect((await alice.api.deployments.get({ name: 'fenced' })).state).toBe('starting');
  });

  it('does not wait for ever for a hello', async () => {
    const silent = await dial('00000000-0000-4000-8000-000000000000');
    expect(await closing(silent)).toBe('1008 no hello within 5 s');
  });

  it('refuses what waits when it breaks, and closes when its lease goes to another', async () => {
    const { serving, lease } = await deploy('fragile');
    serving.socket.removeAllListeners('message');
    const waiting = predict('fragile');
    await new Promise((resolve) => setTimeout(resolve, 200));
    serving.socket.terminate();
    await refused('UPSTREAM', waiting);
    const again = await dialIn(hub, worker, lease);
    await expect.poll(async () => (await alice.api.deployments.get({ name: 'fragile' })).state).toBe('ready');
    await hub.services.db
      .update(jobs)
      .set({ leaseUntil: new Date(0) })
      .where(eq(jobs.id, lease.id));
    const closed = closing(again.socket);
    await reap(hub.services);
    expect(await closed).toBe('1000 this lease is over');
  });
});
