import { count, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobs } from '../jobs/table.ts';
import { joinWorker, push } from '../testing/flow.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let owner: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  owner = await hub.owner();
});
afterAll(() => hub.stop());

it('takes more questions at once than the hub has connections to its database', async () => {
  const project = await hub.project(owner);
  const worker = await joinWorker(hub, { kinds: ['prepare'] });
  await push(hub, owner, `${project}/tables`, { 'train.csv': 'x\n1\n' });
  const lease = await worker.lease(['prepare']);
  if (!lease) throw new Error('no profile job');
  await worker.api.worker.complete({
    id: lease.id,
    leaseToken: lease.leaseToken,
    result: {
      kind: 'prepare',
      profile: { rows: 1, columns: [] },
      rows: [],
      files: [{ path: 'default/train/0000.parquet', sha256: await worker.put(lease, 'PARQUET') }],
      converted: {
        files: [{ config: 'default', split: 'train', part: 0, rows: 1, features: {} }],
        problems: [],
      },
    },
  });
  const people = await Promise.all([1, 2, 3, 4].map(() => hub.member(owner, project, 'reader')));
  // Nobody answers them: they wait until the hub is stopped.
  for (const [index, { api }] of people.entries())
    for (let n = 0; n < 12; n += 1)
      api.data
        .sql({ namespace: project, name: 'tables', sql: `select ${index * 12 + n} from train` })
        .catch(() => {});
  const waiting = async () =>
    (await hub.services.db.select({ total: count() }).from(jobs).where(eq(jobs.kind, 'query')))[0]?.total;
  await expect.poll(waiting, { timeout: 20_000 }).toBe(48);
}, 60_000);
