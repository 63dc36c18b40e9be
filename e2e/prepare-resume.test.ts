import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill, type Lab, openLab } from './lab.ts';

let lab: Lab;
const at = { kind: 'dataset' as const, namespace: 'clouds', name: 'ants' };

/** 80 MB: enough that a preparation lasts some seconds, and is worth keeping. */
function ants(): string {
  const lines = ['id,when,size,kind,note'];
  for (let i = 0; i < 700_000; i++)
    lines.push(
      `${i},2024-01-${String((i % 28) + 1).padStart(2, '0')},${i % 17 === 0 ? '' : (Math.sin(i) * 100).toFixed(6)},${['ant', 'bee', 'Cat'][i % 3]},"a note, number ${i}, of some length: ${'x'.repeat(50)} ${(i * 7919) % 1000}"`,
    );
  return lines.join('\n');
}

beforeAll(async () => {
  lab = await openLab();
  await lab.api.repositories.create(at);
  const { sha256 } = await uploadBlob({ url: lab.url, token: lab.token }, new Blob([ants()]));
  await lab.api.repositories.commit({
    ...at,
    message: 'Ants',
    operations: [{ op: 'add', path: 'ants.csv', sha256 }],
  });
  await lab.api.repositories.create({ ...at, name: 'nests' });
  await lab.api.repositories.commit({
    ...at,
    name: 'nests',
    message: 'Four nests of the same ants: long enough to be stopped on any machine',
    operations: ['a', 'b', 'c', 'd'].map((nest) => ({ op: 'add', path: `${nest}.csv`, sha256 })),
  });
}, 120_000);
afterAll(() => lab.close());

const prepare = (name: string, dataset = 'clouds/ants') =>
  lab.api.jobs.prepare({
    project: 'clouds',
    dataset,
    output: `clouds/${name}`,
    recipe: {
      task: 'classification',
      target: 'kind',
      steps: [{ select: { except: ['id', 'note'] } }, { impute: {} }, { scale: {} }, { encode: {} }],
      split: { method: 'random', train: 0.6, valid: 0.2, test: 0.2 },
    },
  });

const endOf = (id: string): Promise<Job> =>
  lab.until(`job ${id} to end`, async () => {
    const job = await lab.api.jobs.get({ id });
    if (job.state === 'failed') throw new Error(job.error?.message);
    return job.state === 'queued' || job.state === 'running' ? undefined : job;
  });

const filesOf = async (name: string) =>
  (await lab.api.repositories.tree({ ...at, name, limit: 100 })).files
    .map(({ path, sha256 }) => `${path} ${sha256}`)
    .filter((line) => !line.startsWith('README'));

/** All that lies in the worker's folders of jobs, finished or not. */
async function leftBy(worker: string, folder: 'jobs' | 'kept'): Promise<string[]> {
  return readdir(join(lab.homeOf(worker), folder), { recursive: true }).catch(() => []);
}

/** The worker cleans up once the hub has the result. */
const nothingKept = () =>
  lab.until('nothing to be kept', async () =>
    (await leftBy('first', 'kept')).length === 0 ? true : undefined,
  );

it('goes on after kill -9 of its worker from the imported table, to the same bytes', {
  timeout: 300_000,
}, async () => {
  const first = lab.startWorker('first');
  const { id } = await prepare('disturbed');
  await lab.until('the imported table', async () =>
    (await leftBy('first', 'kept')).some(
      (name) => name.startsWith(id) && name.endsWith('imported.parquet.sha256'),
    )
      ? true
      : undefined,
  );
  await kill(first);
  expect((await lab.api.jobs.get({ id })).state).toBe('running');

  lab.startWorker('first');
  const phases = new Set<string>();
  const ended = await lab.until('the second attempt', async () => {
    const job = await lab.api.jobs.get({ id });
    // While it waits it tells of the worker that fell silent.
    if (job.state === 'failed') throw new Error(job.error?.message);
    if (job.attempt === 2 && job.progress?.phase !== undefined) phases.add(job.progress.phase);
    return job.state === 'succeeded' ? job : undefined;
  });
  expect(ended.attempt).toBe(2);
  expect(phases).not.toContain('import');
  await nothingKept();

  const straight = await prepare('undisturbed');
  expect(await endOf(straight.id)).toMatchObject({ state: 'succeeded', attempt: 1 });
  expect(await filesOf('disturbed')).toHaveLength(5);
  expect(await filesOf('disturbed')).toEqual(await filesOf('undisturbed'));
});

it('tells how far it is, and ends when cancelled, with nothing left behind', {
  timeout: 120_000,
}, async () => {
  const { id } = await prepare('cancelled', 'clouds/nests');
  const job = await lab.until('progress', async () => {
    const found = await lab.api.jobs.get({ id });
    if (found.state === 'succeeded' || found.state === 'failed') throw new Error(`the job ${found.state}`);
    return found.progress?.unit === undefined ? undefined : found;
  });
  expect(job.progress).toMatchObject({
    unit: expect.stringMatching(/bytes|rows/),
    totalSteps: expect.any(Number),
  });
  const askedMs = Date.now();
  await lab.api.jobs.cancel({ id });
  while ((await leftBy('first', 'jobs')).some((name) => name.includes(id))) await sleep(20);
  console.info(`a preparation ended ${Date.now() - askedMs} ms after its cancel`);
  await nothingKept();
  expect(await endOf(id)).toMatchObject({ state: 'cancelled' });
});
