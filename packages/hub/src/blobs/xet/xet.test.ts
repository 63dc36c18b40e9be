import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { packChunk, parseKnownAnswer, parseShard, writeKnownRequest } from '@banyan/contract/xet';
import { eq } from 'drizzle-orm';
import { compressFrameSync } from 'lz4-napi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chunksOf,
  type PackedXorb,
  packXorb,
  segmentOf,
  sha256Of,
  shardOf,
  type XetClient,
  xetClient,
} from '../../testing/xet.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';
import { readBlob } from '../read.ts';
import { blobs } from '../table.ts';
import { xorbs } from './table.ts';
import { collectXorbs } from './xorbs.ts';

let hub: TestHub;
let owner: TestPerson;
let client: XetClient;
let project = '';
beforeAll(async () => {
  hub = await startTestHub();
  owner = await hub.person();
  project = await hub.project(owner);
  await owner.api.repositories.create({ kind: 'dataset', namespace: project, name: 'data' });
  client = await xetClient(hub, owner, { namespace: project, name: 'data' });
});
afterAll(() => hub.stop());

const read = async (sha256: string, range?: { start: number; end: number }) =>
  buffer(await readBlob(hub.services, sha256, range));
const problem = async (answer: Response) => [answer.status, (await answer.json()).code];
const postXorb = (xorb: PackedXorb, body = xorb.body) => client.post(`/v1/xorbs/default/${xorb.hash}`, body);
/** Half of it can be compressed. */
const sample = (sizeBytes: number) =>
  Buffer.concat([randomBytes(sizeBytes / 2), Buffer.alloc(sizeBytes / 2, 'some text again and again. ')]);

describe('a file in chunks', () => {
  it('is assembled when it is read, whole and in ranges, and can be committed and downloaded', async () => {
    const bytes = sample(3_000_000);
    const xorb = await client.upload(bytes);
    expect(xorb.body.length).toBeLessThan(bytes.length * 0.6);
    const sha256 = sha256Of(bytes);
    expect((await read(sha256)).equals(bytes)).toBe(true);
    const edge = xorb.chunks[0]?.sizeBytes ?? 0;
    for (const [start, end] of [
      [0, 0],
      [edge - 1, edge],
      [edge, edge + 1],
      [1_234_567, 2_345_678],
      [bytes.length - 1, bytes.length + 100],
    ] as const)
      expect((await read(sha256, { start, end })).equals(bytes.subarray(start, end + 1))).toBe(true);

    // Nothing of it lies whole in the store.
    expect(await hub.services.blobs.sizeBytes(sha256)).toBeUndefined();
    await owner.api.repositories.commit({
      kind: 'dataset',
      namespace: project,
      name: 'data',
      message: 'chunks',
      operations: [{ op: 'add', path: 'chunks.bin', sha256 }],
    });
    const download = await fetch(`${hub.url}/api/files/dataset/${project}/data/main/chunks.bin`, {
      headers: { authorization: `Bearer ${owner.token}`, range: 'bytes=100000-1999999' },
    });
    expect(download.status).toBe(206);
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes.subarray(100_000, 2_000_000))).toBe(true);
    expect(download.headers.get('x-xet-hash')).toBeNull();
  });

  it('may take up chunks of xorbs that are here, in any order and more than once', async () => {
    const first = sample(2_000_000);
    const xorb = await client.upload(first);
    const { chunks } = xorb;
    const half = Math.floor(chunks.length / 2);
    const bytes = Buffer.concat(
      [...chunks.slice(half), ...chunks.slice(0, half), ...chunks.slice(1, 2)].map((chunk) => chunk.bytes),
    );
    const segments = [segmentOf(xorb, half), segmentOf(xorb, 0, half), segmentOf(xorb, 1, 2)];
    const answer = await client.post('/v2/shards', shardOf(bytes, segments));
    expect((await answer.text()).trim().split('\n').at(-1)).toBe('{"type":"result"}');
    expect((await read(sha256Of(bytes))).equals(bytes)).toBe(true);
    const place = chunks.slice(half).reduce((sum, chunk) => sum + chunk.sizeBytes, 0);
    const range = { start: place - 10, end: place + 10 };
    expect((await read(sha256Of(bytes), range)).equals(bytes.subarray(range.start, range.end + 1))).toBe(
      true,
    );
  });

  it('is the same whole and assembled: the later is not kept twice', async () => {
    const bytes = sample(500_000);
    await client.upload(bytes);
    const stored = { sha256: sha256Of(bytes), sizeBytes: bytes.length };
    const whole = await fetch(`${hub.url}/api/blobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}` },
      body: new Uint8Array(bytes),
    });
    expect(await whole.json()).toEqual(stored);
    expect(await hub.services.blobs.sizeBytes(stored.sha256)).toBeUndefined();
    expect((await read(stored.sha256)).equals(bytes)).toBe(true);

    const other = sample(400_000);
    const kept = await fetch(`${hub.url}/api/blobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}` },
      body: new Uint8Array(other),
    });
    expect(kept.status).toBe(200);
    await client.upload(other);
    expect(await hub.services.blobs.sizeBytes(sha256Of(other))).toBe(other.length);
    expect((await read(sha256Of(other))).equals(other)).toBe(true);
  });

  it('can be one that is itself a xorb, which outlives it whole and in chunks', async () => {
    const inner = packXorb(chunksOf(sample(300_000)));
    const { body } = inner;
    await client.upload(body);
    expect((await postXorb(inner)).status).toBe(200);
    await fetch(`${hub.url}/api/blobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}` },
      body: new Uint8Array(body),
    });
    const bytes = Buffer.concat(inner.chunks.map((chunk) => chunk.bytes));
    expect((await client.post('/v1/shards', shardOf(bytes, [segmentOf(inner)]))).status).toBe(200);
    expect((await read(sha256Of(bytes))).equals(bytes)).toBe(true);
    expect((await read(sha256Of(body))).equals(body)).toBe(true);
  });
});

describe('what is known', () => {
  it('is told for each chunk asked, and around a chunk as a shard, to those who may use it', async () => {
    const bytes = sample(2_000_000);
    const xorb = await client.upload(bytes);
    const hashes = [...xorb.chunks.map(({ hash }) => hash), '1'.repeat(64)];
    const ask = async (who: XetClient) => {
      const answer = await who.post('/v1/chunks/known', writeKnownRequest(hashes));
      expect(answer.status).toBe(200);
      return parseKnownAnswer(new Uint8Array(await answer.arrayBuffer()), hashes.length);
    };
    const first = xorb.chunks.findIndex(({ hash }) => hash === hashes[3]);
    const places = await ask(client);
    expect(places.at(-1)).toBeUndefined();
    expect(places[3]).toEqual({ xorb: xorb.hash, index: first });

    const shard = await client.get(`/v1/chunks/default-merkledb/${hashes[2]}`);
    const { xorbs: told } = parseShard(new Uint8Array(await shard.arrayBuffer()));
    expect(told.find(({ hash }) => hash === xorb.hash)).toMatchObject({
      storedBytes: xorb.body.length,
      chunks: xorb.chunks.map(({ hash, sizeBytes }) => ({ hash, sizeBytes })),
    });
    expect((await client.get(`/v1/chunks/default/${'2'.repeat(64)}`)).status).toBe(404);

    // Somebody else: in a project of their own they see nothing of it, even with its hash ...
    const stranger = await hub.person();
    const elsewhere = await hub.project(stranger);
    await stranger.api.repositories.create({ kind: 'dataset', namespace: elsewhere, name: 'theirs' });
    const theirs = await xetClient(hub, stranger, { namespace: elsewhere, name: 'theirs' });
    expect((await ask(theirs)).every((place) => place === undefined)).toBe(true);
    expect((await theirs.get(`/v1/chunks/default-merkledb/${hashes[2]}`)).status).toBe(404);
    const stolen = await theirs.post('/v1/shards', shardOf(bytes, [segmentOf(xorb)]));
    expect(await problem(stolen)).toEqual([400, 'BAD_INPUT']);
    // ... and by bringing it themselves they do.
    expect((await theirs.post(`/v1/xorbs/default/${xorb.hash}`, xorb.body)).status).toBe(200);
    expect((await theirs.post('/v1/shards', shardOf(bytes, [segmentOf(xorb)]))).status).toBe(200);

    // A colleague may use what the repository holds, not what its owner brought and did not commit.
    const colleague = await hub.member(owner, project, 'contributor');
    const ours = await xetClient(hub, colleague, { namespace: project, name: 'data' });
    expect((await ask(ours))[3]).toBeUndefined();
    await owner.api.repositories.commit({
      kind: 'dataset',
      namespace: project,
      name: 'data',
      message: 'shared',
      operations: [{ op: 'add', path: 'shared.bin', sha256: sha256Of(bytes) }],
    });
    expect((await ask(ours))[3]).toEqual(places[3]);
    expect((await ours.get(`/v1/chunks/default-merkledb/${hashes[2]}`)).status).toBe(200);
  });

  it('needs a token of this hub for this, and rights that still hold', async () => {
    const member = await hub.member(owner, project, 'contributor');
    const theirs = await xetClient(hub, member, { namespace: project, name: 'data' });
    expect((await theirs.get(`/v1/chunks/default/${'2'.repeat(64)}`)).status).toBe(404);
    await owner.api.members.set({ namespace: project, username: member.username, role: 'reader' });
    expect((await theirs.get(`/v1/chunks/default/${'2'.repeat(64)}`)).status).toBe(403);
    for (const token of [owner.token, `${client.token.slice(0, -2)}xx`]) {
      const answer = await fetch(`${hub.url}/xet/v1/shards`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: 'x',
      });
      expect(answer.status).toBe(401);
    }
  });
});

describe('bad input', () => {
  const chunks = chunksOf(sample(600_000));
  const xorb = packXorb(chunks);
  const first = () => packChunk((chunks[0] as { bytes: Uint8Array<ArrayBuffer> }).bytes, false);

  it('is refused: xorbs that are cut, damaged, or others than announced', async () => {
    expect(await problem(await postXorb(xorb, xorb.body.subarray(0, -1)))).toEqual([400, 'BAD_INPUT']);
    expect(await problem(await postXorb(xorb, Buffer.alloc(0)))).toEqual([400, 'BAD_INPUT']);
    const flipped = Buffer.from(xorb.body);
    flipped.writeUInt8((flipped[5000] as number) ^ 1, 5000);
    expect([400, 422]).toContain((await postXorb(xorb, flipped)).status);
    const shorter = packXorb(chunks.slice(1));
    expect(await problem(await postXorb(xorb, shorter.body))).toEqual([422, 'CHECKSUM']);
    expect(await problem(await postXorb(xorb, Buffer.from('not a xorb at all')))).toEqual([400, 'BAD_INPUT']);
    expect((await client.post('/v1/xorbs/default/nohash', xorb.body)).status).toBe(400);
    // With a footer, which other clients send, it is the same xorb.
    const footer = Buffer.concat([Buffer.from('XETBLOB'), randomBytes(200)]);
    expect((await postXorb(xorb, Buffer.concat([xorb.body, footer]))).status).toBe(200);
    const [row] = await hub.services.db.select().from(xorbs).where(eq(xorbs.hash, xorb.hash));
    expect(await hub.services.blobs.sizeBytes(row?.sha256 ?? '')).toBe(xorb.body.length);
  });

  it('is refused: a frame that unpacks to far more than its header says', async () => {
    const frame = compressFrameSync(Buffer.alloc(16 << 20));
    const header = Buffer.from([0, 0, 0, 0, 1, 0, 0, 1]);
    header.writeUIntLE(frame.length, 1, 3);
    const bomb = Buffer.concat([header, frame]);
    expect(frame.length).toBeLessThan(129 << 10);
    expect(await problem(await postXorb(xorb, bomb))).toEqual([400, 'BAD_INPUT']);
    const lying = Buffer.from(first());
    lying.writeUIntLE(100, 5, 3);
    expect(await problem(await postXorb(xorb, lying))).toEqual([400, 'BAD_INPUT']);
    const huge = Buffer.from(first());
    huge.writeUIntLE(0xffffff, 1, 3);
    huge.writeUIntLE(0xffffff, 5, 3);
    expect(await problem(await postXorb(xorb, huge))).toEqual([400, 'BAD_INPUT']);
  });

  it('is refused: shards that are cut, lie, or name what is not there', async () => {
    const bytes = sample(700_000);
    const mine = packXorb(chunksOf(bytes));
    await postXorb(mine);
    const shard = (segment: object, sha256 = sha256Of(bytes)) =>
      client.post('/v1/shards', shardOf(bytes, [{ ...segmentOf(mine), ...segment }], sha256));
    expect(await problem(await shard({}, sha256Of(Buffer.from('other'))))).toEqual([422, 'CHECKSUM']);
    expect(await problem(await shard({ sizeBytes: bytes.length - 1 }))).toEqual([400, 'BAD_INPUT']);
    expect(await problem(await shard({ end: mine.chunks.length + 1 }))).toEqual([400, 'BAD_INPUT']);
    expect(await problem(await shard({ start: 5000, end: 5001, sizeBytes: 10 }))).toEqual([400, 'BAD_INPUT']);
    expect(await problem(await shard({ verification: '3'.repeat(64) }))).toEqual([400, 'BAD_INPUT']);
    expect(await problem(await shard({ xorb: '4'.repeat(64) }))).toEqual([400, 'BAD_INPUT']);
    const right = shardOf(bytes, [segmentOf(mine)]);
    for (const cut of [10, 47, 60, 200])
      expect(await problem(await client.post('/v1/shards', right.subarray(0, cut)))).toEqual([
        400,
        'BAD_INPUT',
      ]);
    // Over the newer route the end of the stream says so.
    const streamed = await client.post(
      '/v2/shards',
      shardOf(bytes, [segmentOf(mine)], sha256Of(Buffer.from('x'))),
    );
    expect(JSON.parse((await streamed.text()).trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'error',
      retryable: false,
    });
    expect(
      await hub.services.db
        .select()
        .from(blobs)
        .where(eq(blobs.sha256, sha256Of(bytes))),
    ).toEqual([]);
    const incoming = path.join(hub.services.config.home, 'blobs', 'incoming');
    expect(await readdir(incoming)).toEqual([]);
  });
});

const later = (days: number) => new Date(Date.now() + days * 86_400_000);

it('collects xorbs that nothing has referred to for long, and no others', async () => {
  const used = await client.upload(sample(300_000));
  const unused = packXorb(chunksOf(sample(300_000)));
  await postXorb(unused);
  const rowOf = async (xorb: PackedXorb) =>
    (await hub.services.db.select().from(xorbs).where(eq(xorbs.hash, xorb.hash)))[0];
  const { sha256 = '' } = (await rowOf(unused)) ?? {};
  expect(await collectXorbs(hub.services)).toBe(0);
  expect(await collectXorbs(hub.services, { now: later(27) })).toBe(0);
  expect(await hub.services.blobs.sizeBytes(sha256)).toBe(unused.body.length);
  expect(await collectXorbs(hub.services, { now: later(29) })).toBeGreaterThan(0);
  expect(await hub.services.blobs.sizeBytes(sha256)).toBeUndefined();
  expect(await rowOf(unused)).toBeUndefined();
  expect(await rowOf(used)).toBeDefined();
  // It may come again.
  expect((await postXorb(unused)).status).toBe(200);
});
