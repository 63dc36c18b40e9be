import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { s3Keys, startTestS3, type TestS3 } from '../testing/s3.ts';
import { describeBlobStore } from './conformance.ts';
import { openS3Store } from './s3.ts';

let s3: TestS3;
let spool = '';
beforeAll(async () => {
  for (const [name, value] of Object.entries(s3Keys)) vi.stubEnv(name, process.env[name] ?? value);
  s3 = await startTestS3();
  spool = await mkdtemp(join(tmpdir(), 'banyan-spool-'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
  await rm(spool, { recursive: true });
});

describeBlobStore('a store in S3 (as s3rver has it)', () => openS3Store(s3.place, spool));

it('leaves nothing in the spool, and reads what a crash left nowhere', async () => {
  const store = await openS3Store(s3.place, spool);
  await store.put(Readable.from([randomBytes(1000)]));
  await expect(store.put(Readable.from([Buffer.alloc(10)]), { maxBytes: 5 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  });
  expect(await readdir(spool)).toEqual([]);
});

it('says what is wrong: with the bucket when it opens, with S3 when it is used', async () => {
  await expect(openS3Store({ ...s3.place, bucket: 'missing' }, spool)).rejects.toThrow(
    /BANYAN_BLOBS: the bucket "missing" cannot be used/,
  );
  const other = await startTestS3('');
  const store = await openS3Store(other.place, spool);
  const bytes = randomBytes(3_000_000);
  const { sha256 } = await store.put(Readable.from([bytes]));
  await other.stop();
  const unavailable = { code: 'UNAVAILABLE' };
  await expect(store.put(Readable.from([randomBytes(100)]))).rejects.toMatchObject(unavailable);
  await expect(store.sizeBytes(sha256)).rejects.toMatchObject(unavailable);
  await expect(buffer(store.read(sha256))).rejects.toMatchObject(unavailable);
  expect(await readdir(spool)).toEqual([]);
}, 60_000);

it('sends nothing again that is there', async () => {
  const store = await openS3Store(s3.place, spool);
  const bytes = randomBytes(1000);
  await store.put(Readable.from([bytes]));
  const [first] = await storedAt(store);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await store.put(Readable.from([bytes]));
  expect(await storedAt(store)).toEqual([first]);

  async function storedAt(from: typeof store): Promise<number[]> {
    const name = createHash('sha256').update(bytes).digest('hex');
    const times = [];
    for await (const one of from.list()) if (one.sha256 === name) times.push(one.storedAt.getTime());
    return times;
  }
});

it('is chosen by BANYAN_BLOBS', () => {
  const endpoint = 'http://minio:9000';
  expect(readConfig({ BANYAN_BLOBS: 's3://lab/banyan', AWS_ENDPOINT_URL_S3: endpoint }).blobs).toEqual({
    bucket: 'lab',
    prefix: 'banyan/',
    endpoint,
    region: 'us-east-1',
  });
  expect(readConfig({ BANYAN_BLOBS: 's3://lab', AWS_REGION: 'eu-1' }).blobs).toEqual({
    bucket: 'lab',
    prefix: '',
    endpoint: undefined,
    region: 'eu-1',
  });
  expect(readConfig({}).blobs).toBeUndefined();
  for (const wrong of ['lab/banyan', 's3:/lab', 'https://lab', 's3://L'])
    expect(() => readConfig({ BANYAN_BLOBS: wrong })).toThrow('BANYAN_BLOBS is');
});
