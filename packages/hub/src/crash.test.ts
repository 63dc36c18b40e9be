import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createHubClient, type HubApi, type Point, uploadBlob } from '@banyan/contract';
import { afterAll, expect, it } from 'vitest';
import { catalogue, evaluation, prepared, sha256 } from './testing/flow.ts';

/** The short form by default; `BANYAN_CRASH_ROUNDS=100 BANYAN_CRASH_SECONDS=10` is a night's work. */
const rounds = Number(process.env.BANYAN_CRASH_ROUNDS ?? 3);
const seconds = Number(process.env.BANYAN_CRASH_SECONDS ?? 1.5);

const node = ['--disable-warning=ExperimentalWarning'];
const project = 'crash';
const at = (kind: 'dataset' | 'model', name: string) => ({ kind, namespace: project, name });

interface Running {
  child: ChildProcess;
  url: string;
}

let home = '';
let hub: Running | undefined;
afterAll(async () => {
  if (hub?.child.kill('SIGTERM')) await once(hub.child, 'exit');
  await rm(home, { recursive: true, force: true });
});

async function startHub(): Promise<Running> {
  const child = spawn(process.execPath, [...node, path.join(import.meta.dirname, 'main.ts')], {
    // Each start collects garbage at once, with no time of grace, beside the first commits.
    env: {
      ...process.env,
      BANYAN_HOME: home,
      BANYAN_PORT: '0',
      BANYAN_LOCAL_WORKER: 'off',
      BANYAN_GARBAGE_HOURS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^Banyan is ready at (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return { child, url };
  }
  throw new Error('the hub did not start');
}

/** What the hub has acknowledged: all of it must be there after every crash. */
const acknowledged = {
  commits: new Map<string, { file: string; text: string }>(),
  points: new Map<string, Map<number, number>>(),
  models: new Map<string, string>(),
};

/** Calls that fail while the hub is down are not acknowledged, and not wrong. */
async function repeat(stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) await work().catch(() => wait(20));
}

async function commitFiles(api: HubApi, url: string, token: string, stop: AbortSignal): Promise<void> {
  await repeat(stop, async () => {
    const text = `content ${Math.random()}`;
    const file = `file-${Math.floor(Math.random() * 20)}.bin`;
    const { sha256: hash } = await uploadBlob({ url, token }, new TextEncoder().encode(text));
    const operations = [{ op: 'add' as const, path: file, sha256: hash }];
    const commit = await api.repositories.commit({ ...at('dataset', 'files'), message: text, operations });
    acknowledged.commits.set(commit.id, { file, text });
  });
}

/** A worker that trains: points, a checkpoint, a model; each call that is answered counts. */
async function trainRuns(worker: HubApi, url: string, token: string, stop: AbortSignal): Promise<void> {
  await repeat(stop, async () => {
    const { worker: id } = await worker.worker.register({
      name: 'crash',
      version: '0',
      host: { os: 'x', cpu: 'x', cores: 1, memoryBytes: 1 },
      kinds: ['train'],
      slots: 1,
      catalogue,
    });
    const { lease } = await worker.worker.lease({ worker: id, kinds: ['train'], waitMs: 500 });
    if (lease?.payload.kind !== 'train') return;
    const { run } = lease.payload;
    const known = acknowledged.points.get(run) ?? new Map<number, number>();
    acknowledged.points.set(run, known);
    for (let from = 0; from < 3000; from += 500) {
      const points: Point[] = Array.from({ length: 500 }, (_, i) => ({
        name: 'loss',
        step: from + i,
        value: from + i,
      }));
      await worker.worker.points({ ...lease, points });
      for (const { step, value } of points) known.set(step, value);
    }
    const text = `weights of ${run}`;
    const put = await fetch(`${url}/api/jobs/${lease.id}/blobs/${sha256(text)}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'x-lease-token': lease.leaseToken },
      body: text,
    });
    if (!put.ok) throw new Error('not stored');
    const files = [{ path: 'model.onnx', sha256: sha256(text) }];
    await worker.worker.complete({
      ...lease,
      result: { kind: 'train', files, evaluation: evaluation('accuracy', 0.5), steps: 1, parameters: 1 },
    });
    acknowledged.models.set(run, text);
  });
}

const runsMade = new Set<string>();
async function makeRuns(api: HubApi, stop: AbortSignal): Promise<void> {
  await repeat(stop, async () => {
    const run = await api.runs.create({
      project,
      algorithm: 'mlp',
      dataset: `${project}/data`,
      model: `${project}/model`,
    });
    runsMade.add(run.id);
    await wait(100);
  });
}

async function checkAll(api: HubApi, url: string, token: string): Promise<void> {
  const get = async (file: string) => {
    const response = await fetch(`${url}/api/files/${file}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return response.text();
  };
  const kept = async ([id, { file, text }]: [string, { file: string; text: string }]) =>
    expect(await get(`dataset/${project}/files/${id}/${file}`), `commit ${id}`).toBe(text);
  await Promise.all([...acknowledged.commits].map(kept));
  await Promise.all([...runsMade].map(async (id) => expect((await api.runs.get({ id })).id).toBe(id)));
  for (const [id, points] of acknowledged.points) {
    const [series] = await api.runs.metrics({ id, points: 10_000 });
    const found = new Map(series?.steps.map((step, i) => [step, series.values[i]]));
    for (const [step, value] of points) expect(found.get(step), `run ${id} step ${step}`).toBe(value);
    expect(found.size).toBe(series?.steps.length ?? 0);
  }
  for (const [id, text] of acknowledged.models) {
    const run = await api.runs.get({ id });
    expect(run.state, `run ${id}`).toBe('succeeded');
    expect(await get(`model/${project}/model/${run.modelCommit}/model.onnx`)).toBe(text);
  }
  expect(await api.ledger.verify({})).toMatchObject({ intact: true });
}

it('loses nothing that it acknowledged, however often it is killed under load', {
  timeout: 600_000,
}, async () => {
  home = await mkdtemp(path.join(tmpdir(), 'banyan-crash-'));
  // Open to the account that runs PostgreSQL, so that the database lies in the home and goes with it.
  await chmod(home, 0o755);
  hub = await startHub();
  const admin = await promisify(execFile)(
    process.execPath,
    [...node, path.join(import.meta.dirname, 'admin.ts'), 'token', 'maria', '--json'],
    { env: { ...process.env, BANYAN_HOME: home } },
  );
  const { token }: { token: string } = JSON.parse(admin.stdout);
  const client = (key = token): HubApi => createHubClient({ url: hub?.url ?? '', token: key });
  let api = client();
  await api.projects.create({ slug: project, title: 'Crash' });
  for (const name of ['files', 'data']) await api.repositories.create({ ...at('dataset', name) });
  const operations = [];
  for (const [file, text] of Object.entries(prepared)) {
    const stored = await uploadBlob({ url: hub.url, token }, new TextEncoder().encode(text));
    operations.push({ op: 'add' as const, path: file, sha256: stored.sha256 });
  }
  await api.repositories.commit({ ...at('dataset', 'data'), message: 'prepared', operations });
  const { token: siteToken } = await api.sites.createToken({ name: 'local' });

  for (let round = 1; round <= rounds; round += 1) {
    const stop = new AbortController();
    const { url, child } = hub;
    const load = [
      commitFiles(api, url, token, stop.signal),
      commitFiles(api, url, token, stop.signal),
      makeRuns(api, stop.signal),
      trainRuns(client(siteToken), url, siteToken, stop.signal),
    ];
    await wait(seconds * 1000 * (0.7 + 0.6 * Math.random()));
    if (round % 2 === 0) {
      // The database dies with it, as when the machine does.
      const lock = readFileSync(path.join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8');
      process.kill(Number.parseInt(lock, 10), 'SIGKILL');
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    stop.abort();
    await Promise.all(load);
    hub = await startHub();
    api = client();
    await checkAll(api, hub.url, token);
  }
  expect(acknowledged.commits.size).toBeGreaterThan(rounds);
  expect(runsMade.size).toBeGreaterThan(rounds);
  expect(acknowledged.points.size).toBeGreaterThan(0);
});
