import type { Run } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill, type Lab, momentToKill, openLab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const train = (model: string): Promise<Run> => lab.train(model, { epochs: 250, width: 256 });

const weights = async (name: string): Promise<string | undefined> =>
  (await lab.api.repositories.tree({ kind: 'model', namespace: 'clouds', name, limit: 1000 })).files.find(
    ({ path }) => path === 'model.safetensors',
  )?.sha256;

it('goes on after kill -9 of its worker, on another one, to the weights of an undisturbed run', async () => {
  const first = lab.startWorker('first');
  await lab.prepare();
  const disturbed = await train('disturbed');
  await lab.checkpointOf(disturbed.id);
  await momentToKill();
  expect((await lab.api.runs.get({ id: disturbed.id })).state).toBe('running');
  await kill(first);

  lab.startWorker('second');
  const undisturbed = await train('undisturbed');
  const [resumed, straight] = await Promise.all([lab.endOf(disturbed.id), lab.endOf(undisturbed.id)]);
  expect(resumed).toMatchObject({ state: 'succeeded', attempts: 2, worker: 'second' });
  expect(straight).toMatchObject({ state: 'succeeded', attempts: 1 });
  const logs = await lab.api.runs.logs({ id: disturbed.id });
  expect(logs.map(({ message }) => message)).toContain('Going on from the last checkpoint.');

  expect(await weights('disturbed')).toMatch(/^[0-9a-f]{64}$/);
  expect(await weights('disturbed')).toBe(await weights('undisturbed'));
  expect(resumed.evaluation).toEqual(straight.evaluation);
  // No gap in the curve: every step is there once.
  const series = await lab.api.runs.metrics({ id: disturbed.id, points: 10_000 });
  const reference = await lab.api.runs.metrics({ id: undisturbed.id, points: 10_000 });
  const loss = (found: typeof series) => found.find(({ name }) => name === 'loss');
  expect(loss(series)).toEqual(loss(reference));
}, 240_000);
