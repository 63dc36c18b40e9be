/** Blobs in an S3 that is not s3rver, by Amazon's rules: parts of 5 MiB, checksums, pages of a listing, "slow down". */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { describeBlobStore } from '../../packages/hub/src/blobs/conformance.ts';
import { openS3Store } from '../../packages/hub/src/blobs/s3.ts';
import { startSecondS3 } from './second-s3.ts';

const s3 = await startSecondS3(`test-${randomUUID()}/`);
const { client, place, pageKeys } = s3;
const Bucket = place.bucket;
const spool = await mkdtemp(join(tmpdir(), 'banyan-spool-'));
afterAll(async () => {
  await s3.stop();
  await rm(spool, { recursive: true });
});

describeBlobStore(`a store in S3 (as ${s3.name} has it)`, () => openS3Store(place, spool));

describe('by the rules of Amazon', () => {
  it('sends parts of 5 MiB or more, where smaller ones are refused, and leaves no upload open', async () => {
    const Key = `${place.prefix}small-parts`;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const PartNumber of [1, 2]) {
      const part = { Bucket, Key, UploadId, PartNumber, Body: randomBytes(1 << 20) };
      const { ETag } = await client.send(new UploadPartCommand(part));
      Parts.push({ ETag, PartNumber });
    }
    const tooSmall = new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
    });
    await expect(client.send(tooSmall)).rejects.toMatchObject({ name: 'EntityTooSmall' });

    const store = await openS3Store(place, spool);
    const bytes = randomBytes((33 << 20) + 1);
    const { sha256 } = await store.put(Readable.from([bytes]));
    const hash = createHash('sha256');
    for await (const piece of store.read(sha256)) hash.update(piece as Buffer);
    expect(hash.digest('hex')).toBe(sha256);
    const stored = await client.send(
      new HeadObjectCommand({ Bucket, Key: `${place.prefix}${sha256.slice(0, 2)}/${sha256}` }),
    );
    // An object in parts has the number of its parts in its tag: 16 MiB, 16 MiB and the rest.
    expect(stored.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: place.prefix }),
    );
    expect(Uploads.filter((upload) => upload.Key !== Key)).toEqual([]);
  });

  it('lists more than one page holds, each blob once', async () => {
    const prefix = `many-${randomUUID()}/`;
    const names = Array.from({ length: pageKeys + 50 }, (_, n) =>
      createHash('sha256').update(String(n)).digest('hex'),
    );
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(
        names.slice(at, at + 50).map((name) => {
          const Key = `${prefix}${name.slice(0, 2)}/${name}`;
          return client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
        }),
      );
    // What somebody else put beside them is none of ours.
    await client.send(new PutObjectCommand({ Bucket, Key: `${prefix}00/notes.txt`, Body: 'x' }));
    const store = await openS3Store({ ...place, prefix }, spool);
    const listed: string[] = [];
    for await (const { sha256 } of store.list()) listed.push(sha256);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  it('is asked again when it says "slow down", and named as unavailable when it says nothing else', async () => {
    const door = await openDoor(place.endpoint);
    const store = await openS3Store({ ...place, endpoint: door.endpoint }, spool);
    const bytes = randomBytes(300_000);
    door.refuseNext(1);
    const { sha256 } = await store.put(Readable.from([bytes]));
    door.refuseNext(1);
    expect(await store.sizeBytes(sha256)).toBe(bytes.length);
    door.refuseNext(2);
    expect((await buffer(store.read(sha256))).equals(bytes)).toBe(true);
    door.refuseNext(1);
    const listed = [];
    for await (const one of store.list()) listed.push(one.sha256);
    expect(listed).toContain(sha256);
    door.refuseNext(1);
    await store.remove(sha256);
    expect(await store.sizeBytes(sha256)).toBeUndefined();
    expect(door.refused()).toBe(6);

    door.refuseNext(Number.POSITIVE_INFINITY);
    const unavailable = { code: 'UNAVAILABLE' };
    await expect(store.put(Readable.from([bytes]))).rejects.toMatchObject(unavailable);
    await expect(store.sizeBytes(sha256)).rejects.toMatchObject(unavailable);
    await expect(buffer(store.read(sha256))).rejects.toMatchObject(unavailable);
    await expect(store.remove(sha256)).rejects.toMatchObject(unavailable);
    await door.close();
  });
});

/** A door before an S3 that passes everything on, but for requests that it refuses as a busy S3 does. */
async function openDoor(endpoint: string) {
  const { hostname, port } = new URL(endpoint);
  let toRefuse = 0;
  let refused = 0;
  const server = createServer((incoming, answer) => {
    if (toRefuse > 0) {
      toRefuse -= 1;
      refused += 1;
      incoming.resume().once('end', () => {
        answer.writeHead(503, { 'content-type': 'application/xml', connection: 'close' });
        answer.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
      });
      return;
    }
    const { method, url, headers } = incoming;
    const onwards = request({ hostname, port, method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    onwards.once('error', () => answer.destroy());
    incoming.pipe(onwards);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    refuseNext(count: number) {
      toRefuse = count;
    },
    refused: () => refused,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
