import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { asHubError, uploadBlob } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { push, sha256 } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { upload } from './blobs.ts';
import { collectBlobs, collectStrays } from './collect.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
});
afterAll(() => hub.stop());

const at = (name: string) => ({ kind: 'model' as const, namespace: project, name });
const store = (text: string) => upload(hub.services, randomUUID(), Readable.from([Buffer.from(text)]));
const isHere = async (text: string) =>
  (await hub.services.blobs.sizeBytes(sha256(text))) !== undefined &&
  (await hub.services.db.query.blobs.findFirst({ where: (row, { eq }) => eq(row.sha256, sha256(text)) })) !==
    undefined;

it('deletes what nothing refers to, once its time of grace is over', async () => {
  await store('loose');
  await push(hub, alice, `${project}/kept`, { 'a.bin': 'kept' }, { kind: 'model' });
  await push(hub, alice, `${project}/gone`, { 'a.bin': 'gone', 'b.bin': 'kept' }, { kind: 'model' });
  const graceMs = 3_600_000;
  expect(await collectBlobs(hub.services, { graceMs })).toEqual({ after: '', deleted: 0 });
  const later = { graceMs, now: new Date(Date.now() + graceMs + 1000) };
  expect(await collectBlobs(hub.services, later)).toMatchObject({ deleted: 1 });
  expect([await isHere('loose'), await isHere('kept'), await isHere('gone')]).toEqual([false, true, true]);
  await alice.api.repositories.remove(at('gone'));
  expect(await collectBlobs(hub.services, later)).toMatchObject({ deleted: 1 });
  expect([await isHere('kept'), await isHere('gone')]).toEqual([true, false]);
  // Bytes that come again begin anew.
  await store('again');
  const soon = { graceMs: 1, now: new Date(Date.now() - 1000) };
  expect(await collectBlobs(hub.services, soon)).toMatchObject({ deleted: 0 });
});

it('runs when an administrator asks, and says what was freed', async () => {
  const owner = await hub.owner();
  await store('forgotten');
  await hub.services.db.execute(sql`update blobs set created_at = now() - interval '3 days'`);
  await hub.services.db.execute(sql`update uploads set created_at = now() - interval '3 days'`);
  await refused('NOT_ALLOWED', alice.api.system.collect());
  const found = await owner.api.system.collect();
  expect(found.files).toBeGreaterThan(0);
  expect(found.freedBytes).toBeGreaterThanOrEqual('forgotten'.length);
  expect([await isHere('forgotten'), await isHere('kept')]).toEqual([false, true]);
  expect(await owner.api.system.collect()).toMatchObject({ files: 0, freedBytes: 0 });
});

it('deletes bytes that no row names: what a kill between the two steps leaves', async () => {
  const { sha256: stray } = await hub.services.blobs.put(Readable.from([Buffer.from('stray')]));
  await push(hub, alice, `${project}/kept`, { 'a.bin': 'kept' }, { kind: 'model' });
  expect(await collectStrays(hub.services, { graceMs: 3_600_000 })).toBe(0);
  expect(await collectStrays(hub.services, { graceMs: -1000 })).toBe(1);
  expect([await hub.services.blobs.sizeBytes(stray), await isHere('kept')]).toEqual([undefined, true]);
});

it('loses nothing that was committed, beside uploads, commits and deletions of the same bytes', async () => {
  // Four seconds of it, and on a busy machine as long as it takes until something was deleted and something kept.
  const [enough, atMost] = [Date.now() + 4000, Date.now() + 60_000];
  const goesOn = () =>
    Date.now() < enough || ((deleted === 0 || committed.size === 0) && Date.now() < atMost);
  let deleted = 0;
  const refusals = new Set<string>();
  const committed = new Map<string, string>();
  // Few texts, so that the same bytes come and go all the time.
  const texts = Array.from({ length: 6 }, (_, n) => `shared ${n}`);
  const write = async (writer: number) => {
    for (let n = 0; goesOn(); n += 1) {
      const name = `w${writer}-${n}`;
      const text = texts[(n + writer) % texts.length] ?? '';
      await alice.api.repositories.create(at(name));
      try {
        const stored = await uploadBlob({ url: hub.url, token: alice.token }, new TextEncoder().encode(text));
        await alice.api.repositories.commit({
          ...at(name),
          message: 'x',
          operations: [{ op: 'add', path: 'a.bin', sha256: stored.sha256 }],
        });
        committed.set(name, text);
      } catch (error) {
        refusals.add(asHubError(error).code);
      }
      if (n % 3 === 0) {
        committed.delete(name);
        await alice.api.repositories.remove(at(name));
      }
    }
  };
  const collect = async () => {
    while (goesOn()) {
      deleted += (await collectBlobs(hub.services, { graceMs: -1000 })).deleted;
      await collectStrays(hub.services, { graceMs: -1000 });
    }
  };
  // A repository of each text would keep it for good: let go of them in the midst.
  const letGo = async () => {
    while (goesOn()) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      for (const name of [...committed.keys()].slice(0, -2)) {
        committed.delete(name);
        await alice.api.repositories.remove(at(name));
      }
    }
  };
  await Promise.all([write(1), write(2), write(3), collect(), collect(), letGo()]);
  expect(deleted).toBeGreaterThan(0);
  expect(committed.size).toBeGreaterThan(0);
  for (const [name, text] of committed) {
    const address = `${hub.url}/api/files/model/${project}/${name}/main/a.bin`;
    const response = await fetch(address, { headers: { authorization: `Bearer ${alice.token}` } });
    expect([response.status, await response.text()]).toEqual([200, text]);
  }
  for (const { sha256: hash, assembled } of await hub.services.db.query.blobs.findMany())
    expect(assembled || (await hub.services.blobs.sizeBytes(hash)) !== undefined, 'a row has its bytes').toBe(
      true,
    );
  expect([...refusals].filter((code) => !['BAD_INPUT', 'UNAVAILABLE'].includes(code))).toEqual([]);
}, 120_000);
