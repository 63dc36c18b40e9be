import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill, type Lab, momentToKill, openLab } from './lab.ts';

let lab: Lab;
const workers = new Map<string, ChildProcess>();
beforeAll(async () => {
  lab = await openLab();
  workers.set('first', lab.startWorker('first'));
  await lab.prepare();
});
afterAll(() => lab.close());

const row = { a: 1, b: -1, c: 0.5, d: 2 };

/** One prediction as a client without our libraries asks for it. */
async function ask(): Promise<Response> {
  return fetch(`${lab.url}/api/v1/deployments/clouds/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${lab.token}` },
    body: JSON.stringify({ rows: [row] }),
  });
}

it('serves on from another worker after kill -9 of the one that served', async () => {
  const { id } = await lab.train('small', { epochs: 2, width: 8 });
  expect(await lab.endOf(id)).toMatchObject({ state: 'succeeded' });
  const { job } = await lab.api.deployments.create({ model: 'clouds/small', name: 'clouds' });
  const answered = () => lab.until('an answer', async () => ((await ask()).ok ? true : undefined));
  await answered();
  const before: unknown = await (await ask()).json();
  workers.set('second', lab.startWorker('second'));
  await lab.until('the second worker', async () =>
    (await lab.api.sites.get({ name: 'lab-site' })).workers.length > 1 ? true : undefined,
  );

  const { worker = '' } = await lab.api.jobs.get({ id: job });
  expect(worker).toBe('first');
  await momentToKill();
  await kill(workers.get(worker)!);
  const refusals: Response[] = [];
  const after: unknown = await lab.until('an answer of the other worker', async () => {
    const response = await ask();
    if (response.ok) return response.json();
    refusals.push(response);
    return undefined;
  });
  expect(after).toEqual(before);
  expect(refusals.length).toBeGreaterThan(0);
  for (const { status, headers } of refusals)
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  expect(await lab.api.jobs.get({ id: job })).toMatchObject({
    worker: 'second',
    attempt: 2,
    state: 'running',
  });
}, 120_000);

it('trains on through kill -9 of the hub: the same attempt, and nothing acknowledged is lost', async () => {
  const { id } = await lab.train('through', { epochs: 120, width: 512 });
  await lab.checkpointOf(id);
  await momentToKill();
  const loss = async () =>
    (await lab.api.runs.metrics({ id, points: 10_000 })).find(({ name }) => name === 'loss');
  const seen = await loss();
  const before = await lab.api.runs.get({ id });
  expect(before).toMatchObject({ state: 'running', attempts: 1 });

  // Away for longer than a lease: the silence was the hub's, not the worker's.
  await lab.crashHub(5000);
  const after = await lab.endOf(id);
  expect(after).toMatchObject({ state: 'succeeded', attempts: 1, worker: before.worker });
  const curve = await loss();
  expect(curve?.steps.slice(0, seen?.steps.length)).toEqual(seen?.steps);
  expect(curve?.values.slice(0, seen?.values.length)).toEqual(seen?.values);
  // Every step once, those of the time without a hub too.
  expect(curve?.steps).toEqual(curve?.steps.map((_, index) => index + (curve.steps[0] ?? 0)));
  expect(curve?.steps.length).toBeGreaterThan(seen?.steps.length ?? 0);
  expect(await lab.api.ledger.verify()).toMatchObject({ intact: true });
}, 120_000);
