import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HubApi, type Run, uploadBlob } from '@banyan/contract';
import { freePort, newFolder, root, startHub, stopProcess } from './hub-process.ts';
import { signUp } from './person.ts';

/** A hub with a project `clouds`, a dataset, and workers that come and go: for tests that kill what runs. */
export interface Lab {
  url: string;
  token: string;
  api: HubApi;
  startWorker(name: string): ChildProcess;
  /** Where a worker keeps its files. */
  homeOf(name: string): string;
  /** Prepares the dataset as `clouds/prepared`; a worker must be there. */
  prepare(): Promise<void>;
  train(model: string, size: { epochs: number; width: number }): Promise<Run>;
  /** Waits until a run has a checkpoint at the hub. */
  checkpointOf(run: string): Promise<void>;
  endOf(run: string): Promise<Run>;
  until<T>(what: string, look: () => Promise<T | undefined>): Promise<T>;
  /** kill -9 of the hub, and a new one on the same home and port after a while. */
  crashHub(awayMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The kill comes at a random moment within so long; `npm run chaos` widens it. */
const killWithinMs = Number(process.env.BANYAN_KILL_WITHIN_MS ?? 0);

export const momentToKill = (): Promise<void> => sleep(Math.random() * killWithinMs);

export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Two noisy clouds that a network needs some thousand steps to tell apart. */
function clouds(): string {
  const lines = ['a,b,c,d,kind'];
  for (let row = 0; row < 1200; row++) {
    const number = (salt: number): string => (Math.sin(row * 12.9898 + salt * 78.233) * 3).toFixed(4);
    lines.push(
      `${number(1)},${number(2)},${number(3)},${number(4)},${(row * 7919) % 13 < 6 ? 'one' : 'two'}`,
    );
  }
  return lines.join('\n');
}

/**
 * Leases are short here, so that a lost worker is noticed soon, but not so short that one on a busy machine, whose
 * heartbeat is seconds late, is taken for lost.
 */
export async function openLab(): Promise<Lab> {
  const homes = await newFolder('banyan-lab-');
  const start = {
    home: join(homes, 'hub'),
    port: await freePort(),
    env: { BANYAN_LOCAL_WORKER: 'off', BANYAN_LEASE_SECONDS: '8' },
  };
  let hub = await startHub(start);
  const workers: ChildProcess[] = [];
  const person = { username: 'ana', name: 'Ana', password: 'correct horse' };
  const { api, options, token } = await signUp(hub.url, { setup: hub.setupCode }, person);
  await api.organisations.create({ slug: 'lab', title: 'The lab' });
  await api.sites.create({ name: 'lab-site', organisation: 'lab' });
  const site = await api.sites.createToken({ name: 'lab-site' });
  await api.projects.create({ slug: 'clouds', title: 'Clouds', organisations: ['lab'] });
  const at = { kind: 'dataset' as const, namespace: 'clouds', name: 'raw' };
  await api.repositories.create(at);
  const { sha256 } = await uploadBlob(options, new Blob([clouds()]));
  await api.repositories.commit({
    ...at,
    message: 'Add the clouds',
    operations: [{ op: 'add', path: 'clouds.csv', sha256 }],
  });

  const until: Lab['until'] = async (what, look) => {
    const limitMs = 180_000;
    for (const end = Date.now() + limitMs; Date.now() < end; await sleep(100)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error(`waited ${limitMs} ms in vain for ${what}\n${hub.output.slice(-20).join('\n')}`);
  };

  return {
    url: hub.url,
    token,
    api,
    until,
    homeOf: (name) => join(homes, name),
    startWorker(name) {
      const worker = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', join(root, 'packages/worker/src/main.ts')],
        {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: {
            ...process.env,
            BANYAN_WORKER_URL: hub.url,
            BANYAN_WORKER_TOKEN: site.token,
            BANYAN_WORKER_NAME: name,
            BANYAN_WORKER_HOME: join(homes, name),
            // Two workers of two threads would fight for the cores of a small machine.
            BANYAN_WORKER_THREADS: '1',
          },
        },
      );
      workers.push(worker);
      return worker;
    },
    async prepare() {
      const recipe = {
        task: 'classification',
        target: 'kind',
        steps: [{ scale: {} }],
        split: { train: 0.7, valid: 0.1, test: 0.2 },
      };
      const { id } = await api.jobs.prepare({
        project: 'clouds',
        dataset: 'clouds/raw',
        recipe,
        output: 'clouds/prepared',
      });
      await until('the prepared data', async () => {
        const job = await api.jobs.get({ id });
        if (job.error !== undefined) throw new Error(job.error.message);
        return job.state === 'succeeded' ? true : undefined;
      });
    },
    train: (model, { epochs, width }) =>
      api.runs.create({
        project: 'clouds',
        algorithm: 'mlp',
        config: { hidden: [width, width], epochs, patience: 0, learningRate: 0.001 },
        dataset: 'clouds/prepared',
        model: `clouds/${model}`,
        seed: 7,
        checkpointEverySeconds: 1,
      }),
    async checkpointOf(id) {
      await until('a checkpoint', async () => {
        const { state, error } = await api.runs.get({ id });
        if (state !== 'queued' && state !== 'running') throw new Error(error?.message ?? `the run ${state}`);
        const logs = await api.runs.logs({ id });
        return logs.some(({ message }) => message.startsWith('Checkpoint')) ? true : undefined;
      });
    },
    endOf: (id) =>
      until(`run ${id} to end`, async () => {
        const run = await api.runs.get({ id });
        return run.state === 'queued' || run.state === 'running' ? undefined : run;
      }),
    async crashHub(awayMs) {
      await kill(hub.process);
      await sleep(awayMs);
      hub = await startHub(start);
    },
    async close() {
      await Promise.all(workers.map(stopProcess));
      await hub.stop();
      await rm(homes, { recursive: true, force: true });
    },
  };
}
