import type { Point, RunEvent } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobs } from '../jobs/table.ts';
import { evaluation, joinWorker, prepared, push, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { keptLines } from './logs.ts';
import { metricChunks } from './table.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
let worker: TestWorker;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
  await push(hub, alice, `${project}/data`, prepared);
});
afterAll(() => hub.stop());

const train = (more: object = {}, by = alice) =>
  by.api.runs.create({
    project,
    algorithm: 'mlp',
    dataset: `${project}/data`,
    model: `${project}/model`,
    ...more,
  });

async function start(more: object = {}) {
  const run = await train(more);
  const lease = await worker.lease(['train']);
  if (lease?.id !== run.job) throw new Error('another job was first');
  return { run, lease };
}

async function finish(
  lease: NonNullable<Awaited<ReturnType<TestWorker['lease']>>>,
  metric: string,
  value: number,
) {
  const hash = await worker.put(lease, `${metric} ${value}`);
  await worker.api.worker.complete({
    ...lease,
    result: {
      kind: 'train',
      files: [{ path: 'model.onnx', sha256: hash }],
      evaluation: evaluation(metric, value),
      steps: 1,
      parameters: 1,
      runtime,
    },
  });
}

const runtime = { name: 'onnxruntime-web', version: '1.30.0', provider: 'wasm', threads: 1 } as const;

const line = (message: string) => ({ at: new Date().toISOString(), level: 'info' as const, message });

const lastSteps = (events: RunEvent[]) =>
  Math.max(
    ...events.flatMap((event) => (event.kind === 'points' ? event.points.map((point) => point.step) : [])),
  );

const race = (metric: 'accuracy' | 'log_loss' | 'rmse') =>
  alice.api.races.create({
    project,
    title: 'Which one',
    dataset: `${project}/data`,
    metric,
    model: 'racer',
    candidates: [
      { algorithm: 'mlp', config: { hidden: 2 } },
      { algorithm: 'linear' },
      { algorithm: 'majority' },
      { algorithm: 'mlp', name: 'large' },
    ],
  });

async function runRace(metric: 'accuracy' | 'log_loss', values: number[]) {
  const { id } = await race(metric);
  for (const value of values) {
    const lease = await worker.lease(['train']);
    if (!lease) throw new Error('no candidate to train');
    await finish(lease, metric, value);
  }
  return alice.api.races.get({ id });
}

describe('a new run', () => {
  it('says so when no worker has ever told which algorithms there are', async () => {
    await refused('BAD_INPUT', train(), { field: 'algorithm' });
    await expect(train()).rejects.toThrow(/No worker has joined/);
    worker = await joinWorker(hub);
  });

  it('is refused with the field at fault', async () => {
    await refused('BAD_INPUT', train({ algorithm: 'svm' }), { field: 'algorithm' });
    await refused('BAD_INPUT', train({ config: { hidden: 0 } }), { field: 'config.hidden' });
    await refused('BAD_INPUT', train({ config: { hiden: 4 } }), { field: 'config' });
    await expect(train({ config: { hiden: 4 } })).rejects.toThrow(/hiden/);
    await push(hub, alice, `${project}/raw`, { 'notes.bin': 'x' });
    await refused('BAD_INPUT', train({ dataset: `${project}/raw` }), { field: 'dataset' });
    await refused('NOT_FOUND', train({ dataset: `${project}/none` }));
    await refused('NOT_FOUND', train({ revision: 'v9' }));
    await refused('BAD_INPUT', train({ project: alice.username }), { field: 'project' });
    const reader = await hub.member(alice, project, 'reader');
    await refused('NOT_ALLOWED', train({}, reader));
    await refused('NOT_FOUND', train({}, await hub.person()));
    expect((await alice.api.jobs.list({ kind: 'train' })).items).toEqual([]);
  });

  it('counts up in its project and fills its settings', async () => {
    const runs = await Promise.all([train(), train({ config: { hidden: 4 } }), train({ name: 'mine' })]);
    expect(runs.map((run) => run.number).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(runs[0]?.spec.config).toEqual({ hidden: 8, rate: 0.1 });
    expect(runs[1]?.spec.config).toEqual({ hidden: 4, rate: 0.1 });
    expect(runs[2]?.name).toBe('mine');
    const page = await alice.api.runs.list({ project, limit: 2 });
    expect(page.items.map((run) => run.number)).toEqual([3, 2]);
    const rest = await alice.api.runs.list({ project, cursor: page.nextCursor ?? '' });
    expect(rest.items.map((run) => run.number)).toEqual([1]);
    for (const { id } of runs) await alice.api.runs.cancel({ id });
    expect((await alice.api.runs.list({ project, state: 'cancelled' })).items).toHaveLength(3);
  });
});

it('keeps the lane a run was asked for, tells it to the worker, and keeps what computed it', async () => {
  const { run, lease } = await start({ lane: 'deterministic' });
  expect(run.spec.lane).toBe('deterministic');
  expect(run.runtime).toBeUndefined();
  expect(lease.payload).toMatchObject({ kind: 'train', spec: { lane: 'deterministic' } });
  await finish(lease, 'accuracy', 0.5);
  expect((await alice.api.runs.get({ id: run.id })).runtime).toEqual(runtime);
  await refused('BAD_INPUT', train({ lane: 'fast' }));
  const plain = await train();
  expect(plain.spec.lane).toBe('native');
  await alice.api.runs.cancel({ id: plain.id });
});

describe('metrics', () => {
  it('keeps each point once, whatever is sent again, in whatever order', async () => {
    const { run, lease } = await start();
    const count = 5000;
    const points: Point[] = Array.from({ length: count }, (_, step) => ({
      name: 'loss',
      step,
      value: 1 / (step + 1),
    }));
    const held = points.filter(({ step }) => step !== 1234);
    for (let at = 0; at < count; at += 700)
      await worker.api.worker.points({ ...lease, points: held.slice(at, at + 700) });
    // A worker that went back to its checkpoint repeats steps; one point of an old step comes late.
    await worker.api.worker.points({ ...lease, points: points.slice(1000, 3000) });
    await worker.api.worker.points({ ...lease, points: points.slice(-50) });
    const chunks = await hub.services.db.select().from(metricChunks).where(eq(metricChunks.run, run.id));
    expect(chunks.length).toBeGreaterThan(2);
    const [series] = await alice.api.runs.metrics({ id: run.id, points: 10_000 });
    expect(series?.steps).toEqual(points.map((point) => point.step));
    expect(series?.values).toEqual(points.map((point) => point.value));
    await finish(lease, 'accuracy', 0.5);
  });

  it('thins a curve without losing its spike', async () => {
    const { run, lease } = await start();
    const points = Array.from({ length: 4000 }, (_, step) => ({
      name: 'loss',
      step,
      value: step === 2345 ? 99 : 1,
    }));
    await worker.api.worker.points({ ...lease, points });
    const [series] = await alice.api.runs.metrics({ id: run.id, points: 100 });
    expect(series?.steps.length).toBeLessThanOrEqual(100);
    expect([series?.steps[0], series?.steps.at(-1), Math.max(...(series?.values ?? []))]).toEqual([
      0, 3999, 99,
    ]);
    await finish(lease, 'accuracy', 0.5);
  });

  it('keeps the last log lines', async () => {
    const { run, lease } = await start();
    for (let at = 0; at < keptLines + 500; at += 500)
      await worker.api.worker.log({
        ...lease,
        lines: Array.from({ length: 500 }, (_, i) => line(String(at + i))),
      });
    const lines = await alice.api.runs.logs({ id: run.id });
    expect([lines.length, lines.at(-1)?.message]).toEqual([keptLines, String(keptLines + 499)]);
    await finish(lease, 'accuracy', 0.5);
  });
});

it('tells a watcher everything until the run ends, and a late one the same', async () => {
  const { run, lease } = await start();
  const seen: RunEvent[] = [];
  const watching = (async () => {
    for await (const event of await alice.api.runs.watch({ id: run.id })) seen.push(event);
  })();
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  const points = Array.from({ length: 6000 }, (_, step) => ({ name: 'loss', step, value: step }));
  await worker.api.worker.points({ ...lease, points: points.slice(0, 10) });
  await expect.poll(() => seen.some((event) => event.kind === 'points')).toBe(true);
  await worker.api.worker.points({ ...lease, points });
  await worker.api.worker.log({
    ...lease,
    lines: [{ at: new Date().toISOString(), level: 'info', message: 'hello' }],
  });
  await worker.api.worker.heartbeat({ ...lease, progress: { step: 6000 } });
  await finish(lease, 'accuracy', 0.5);
  await watching;
  expect(seen.at(0)).toMatchObject({ kind: 'run', run: { state: 'running' } });
  expect(seen.at(-1)).toMatchObject({ kind: 'run', run: { state: 'succeeded' } });
  expect(seen).toContainEqual(expect.objectContaining({ kind: 'logs' }));
  expect(lastSteps(seen)).toBe(5999);
  const late: RunEvent[] = [];
  for await (const event of await alice.api.runs.watch({ id: run.id })) late.push(event);
  expect(late.map((event) => event.kind)).toEqual(['run', 'points', 'logs']);
  expect(lastSteps(late)).toBe(5999);
});

it('lets a watcher go when its page closes', async () => {
  const run = await train();
  const leave = new AbortController();
  const events = await alice.api.runs.watch({ id: run.id }, { signal: leave.signal });
  await events.next();
  leave.abort();
  await expect(events.next()).rejects.toThrow();
  await alice.api.runs.cancel({ id: run.id });
  await hub.services.db.update(jobs).set({ state: 'cancelled' }).where(eq(jobs.state, 'queued'));
});

describe('a race', () => {
  it('ranks by the metric, ties what the held-out rows do not tell apart, and shows the baseline', async () => {
    const done = await runRace('accuracy', [0.9, 0.915, 0.5]);
    expect(done.state).toBe('running');
    const rows = done.leaderboard.map(({ rank, tied, baseline, run }) => [
      rank,
      run.spec.algorithm,
      tied,
      baseline,
    ]);
    expect(rows).toEqual([
      [1, 'linear', true, false],
      [2, 'mlp', true, false],
      [3, 'majority', false, true],
      [undefined, 'mlp', false, false],
    ]);
    expect(done.leaderboard.map(({ run }) => run.spec.model)).toContain(`${project}/racer-4`);
    const waiting = done.leaderboard.at(-1)?.run.id ?? '';
    await alice.api.runs.cancel({ id: waiting });
    expect((await alice.api.races.get({ id: done.id })).state).toBe('finished');
  });

  it('puts the lowest first where lower is better', async () => {
    const done = await runRace('log_loss', [0.4, 0.1, 0.7, 0.2]);
    expect(done.leaderboard.map(({ score }) => score?.value)).toEqual([0.1, 0.2, 0.4, 0.7]);
    expect(done.leaderboard.map(({ tied }) => tied)).toEqual([false, false, false, false]);
    expect((await alice.api.races.list({ project })).items).toHaveLength(2);
  });

  it('is made whole or not at all', async () => {
    const before = (await alice.api.runs.list({ project })).items.length;
    await refused('BAD_INPUT', race('rmse'), { field: 'metric' });
    expect((await alice.api.runs.list({ project })).items).toHaveLength(before);
  });
});
