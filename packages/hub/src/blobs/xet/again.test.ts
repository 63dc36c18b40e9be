import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { segmentOf, sha256Of, shardOf, type XetClient, xetClient } from '../../testing/xet.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';
import { collectBlobs } from '../collect.ts';
import { blobs } from '../table.ts';
import { xorbs } from './table.ts';

let hub: TestHub;
let owner: TestPerson;
let client: XetClient;
beforeAll(async () => {
  hub = await startTestHub();
  owner = await hub.person();
  await owner.api.repositories.create({ kind: 'dataset', namespace: owner.username, name: 'data' });
  client = await xetClient(hub, owner, { namespace: owner.username, name: 'data' });
});
afterAll(() => hub.stop());

it('a file that is registered again is kept as long as one that is new', async () => {
  const bytes = randomBytes(200_000);
  const xorb = await client.upload(bytes);
  await hub.services.db.execute(sql`update blobs set created_at = now() - interval '3 days'`);
  await hub.services.db.execute(sql`update uploads set created_at = now() - interval '3 days'`);
  expect((await client.post('/v1/shards', shardOf(bytes, [segmentOf(xorb)]))).status).toBe(200);
  await collectBlobs(hub.services, { graceMs: 3_600_000 });
  expect(
    await hub.services.db
      .select()
      .from(blobs)
      .where(eq(blobs.sha256, sha256Of(bytes))),
  ).toHaveLength(1);
});

it('a xorb that is brought again is an orphan no longer', async () => {
  const xorb = await client.upload(randomBytes(200_000));
  await hub.services.db.update(xorbs).set({ orphanedAt: new Date() }).where(eq(xorbs.hash, xorb.hash));
  expect((await client.post(`/v1/xorbs/default/${xorb.hash}`, xorb.body)).status).toBe(200);
  const [row] = await hub.services.db.select().from(xorbs).where(eq(xorbs.hash, xorb.hash));
  expect(row?.orphanedAt).toBeNull();
});
