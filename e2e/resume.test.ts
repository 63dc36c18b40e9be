import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Run, uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HubProcess, root, startHub, stopProcess } from './hub-process.ts';
import { type Member, signUp } from './person.ts';

/** The kill comes at a random moment within so long of the first checkpoint; `npm run chaos` widens it. */
const killWithinMs = Number(process.env.BANYAN_KILL_WITHIN_MS ?? 0);

let hub: HubProcess;
let ana: Member;
let siteToken: string;
let homes: string;
const workers: ChildProcess[] = [];

function startWorker(name: string): ChildProcess {
  const worker = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'packages/worker/src/main.ts')],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        BANYAN_WORKER_URL: hub.url,
        BANYAN_WORKER_TOKEN: siteToken,
        BANYAN_WORKER_NAME: name,
        BANYAN_WORKER_HOME: join(homes, name),
        // Two workers of two threads would fight for the cores of a small machine.
        BANYAN_WORKER_THREADS: '1',
      },
    },
  );
  workers.push(worker);
  return worker;
}

async function until<T>(what: string, look: () => Promise<T | undefined>, limitMs = 180_000): Promise<T> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited ${limitMs} ms in vain for ${what}\n${hub.output.slice(-20).join('\n')}`);
}

/** Two noisy clouds that a network needs some thousand steps to tell apart. */
const csv = ['a,b,c,d,kind'];
for (let row = 0; row < 1200; row++) {
  const number = (salt: number): string => (Math.sin(row * 12.9898 + salt * 78.233) * 3).toFixed(4);
  csv.push(`${number(1)},${number(2)},${number(3)},${number(4)},${(row * 7919) % 13 < 6 ? 'one' : 'two'}`);
}

beforeAll(async () => {
  homes = await mkdtemp(join(tmpdir(), 'banyan-workers-'));
  hub = await startHub({ env: { BANYAN_LOCAL_WORKER: 'off', BANYAN_LEASE_SECONDS: '4' } });
  ana = await signUp(
    hub.url,
    { setup: hub.setupCode },
    { username: 'ana', name: 'Ana', password: 'correct horse' },
  );
  const { api, options } = ana;
  await api.organisations.create({ slug: 'lab', title: 'The lab' });
  await api.sites.create({ name: 'lab-site', organisation: 'lab' });
  siteToken = (await api.sites.createToken({ name: 'lab-site' })).token;
  await api.projects.create({ slug: 'clouds', title: 'Clouds', organisations: ['lab'] });
  const at = { kind: 'dataset' as const, namespace: 'clouds', name: 'raw' };
  await api.repositories.create(at);
  const { sha256 } = await uploadBlob(options, new Blob([csv.join('\n')]));
  await api.repositories.commit({
    ...at,
    message: 'Add the clouds',
    operations: [{ op: 'add', path: 'clouds.csv', sha256 }],
  });
});
afterAll(async () => {
  await Promise.all(workers.map(stopProcess));
  await hub?.stop();
  await rm(homes, { recursive: true, force: true });
});

const train = (model: string): Promise<Run> =>
  ana.api.runs.create({
    project: 'clouds',
    algorithm: 'mlp',
    config: { hidden: [128, 128], epochs: 150, patience: 0, learningRate: 0.001 },
    dataset: 'clouds/prepared',
    model: `clouds/${model}`,
    seed: 7,
    checkpointEverySeconds: 1,
  });

const ended = (id: string): Promise<Run> =>
  until(`run ${id} to end`, async () => {
    const run = await ana.api.runs.get({ id });
    if (run.state === 'queued' || run.state === 'running') return undefined;
    return run;
  });

const weights = async (name: string): Promise<string | undefined> =>
  (await ana.api.repositories.tree({ kind: 'model', namespace: 'clouds', name })).files.find(
    ({ path }) => path === 'model.safetensors',
  )?.sha256;

it('goes on after kill -9 of its worker, on another one, to the weights of an undisturbed run', async () => {
  const first = startWorker('first');
  const recipe = {
    task: 'classification',
    target: 'kind',
    steps: [{ scale: {} }],
    split: { train: 0.7, valid: 0.1, test: 0.2 },
  };
  const { id } = await ana.api.jobs.prepare({
    project: 'clouds',
    dataset: 'clouds/raw',
    recipe,
    output: 'clouds/prepared',
  });
  await until('the prepared data', async () => {
    const job = await ana.api.jobs.get({ id });
    if (job.error !== undefined) throw new Error(job.error.message);
    return job.state === 'succeeded' ? true : undefined;
  });

  const disturbed = await train('disturbed');
  await until('a checkpoint', async () => {
    const logs = await ana.api.runs.logs({ id: disturbed.id });
    return logs.some(({ message }) => message.startsWith('Checkpoint')) ? true : undefined;
  });
  await sleep(Math.random() * killWithinMs);
  expect((await ana.api.runs.get({ id: disturbed.id })).state).toBe('running');
  first.kill('SIGKILL');
  await once(first, 'exit');

  startWorker('second');
  const undisturbed = await train('undisturbed');
  const [resumed, straight] = await Promise.all([ended(disturbed.id), ended(undisturbed.id)]);
  expect(resumed).toMatchObject({ state: 'succeeded', attempts: 2, worker: 'second' });
  expect(straight).toMatchObject({ state: 'succeeded', attempts: 1 });
  const logs = await ana.api.runs.logs({ id: disturbed.id });
  expect(logs.map(({ message }) => message)).toContain('Going on from the last checkpoint.');

  expect(await weights('disturbed')).toMatch(/^[0-9a-f]{64}$/);
  expect(await weights('disturbed')).toBe(await weights('undisturbed'));
  expect(resumed.evaluation).toEqual(straight.evaluation);
  // No gap in the curve: every step is there once.
  const series = await ana.api.runs.metrics({ id: disturbed.id, points: 10_000 });
  const reference = await ana.api.runs.metrics({ id: undisturbed.id, points: 10_000 });
  const loss = (found: typeof series) => found.find(({ name }) => name === 'loss');
  expect(loss(series)).toEqual(loss(reference));
}, 240_000);
