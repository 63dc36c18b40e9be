import { createHash, randomBytes } from 'node:crypto';
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findPerson } from '../../people/store.ts';
import { refused } from '../../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';
import { readBlob } from '../read.ts';
import { uploads } from '../table.ts';
import { completeUpload } from './complete.ts';
import { putPart } from './parts.ts';
import { forgetProgress } from './progress.ts';
import { beginUpload, cancelUpload, expireUploads, fileOf, uploadState } from './sessions.ts';

const partBytes = 64 << 10;
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const stream = (bytes: Uint8Array): Readable => Readable.from([bytes]);

let hub: TestHub;
let person: TestPerson;
let uploader = '';
beforeAll(async () => {
  hub = await startTestHub();
  person = await hub.person();
  uploader = (await findPerson(hub.services.db, person.username))?.id ?? '';
});
afterAll(() => hub.stop());

const partsFrom = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, index) =>
    bytes.subarray(index * partBytes, (index + 1) * partBytes),
  );

const ask = (
  address: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
) =>
  fetch(hub.url + address, {
    ...init,
    headers: { authorization: `Bearer ${person.token}`, ...init.headers },
  });
const begin = (body: object) =>
  ask('/api/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

it('takes parts over HTTP in any order and at once, and makes them a file that can be committed', async () => {
  const bytes = randomBytes(5 * partBytes + 123);
  const begun = (await (
    await begin({ sizeBytes: bytes.length, sha256: hashOf(bytes), partBytes })
  ).json()) as {
    id: string;
    parts: number;
  };
  expect(begun).toMatchObject({ parts: 6, partBytes, received: [] });
  const put = (index: number, part: Buffer) =>
    ask(`/api/uploads/${begun.id}/parts/${index + 1}`, {
      method: 'PUT',
      headers: { 'content-sha256': hashOf(part) },
      body: new Uint8Array(part),
    });
  const parts = partsFrom(bytes);
  const answers = await Promise.all([5, 2, 0, 4].map((index) => put(index, parts[index] as Buffer)));
  expect(answers.map((answer) => answer.status)).toEqual([204, 204, 204, 204]);

  const early = await ask(`/api/uploads/${begun.id}/complete`, { method: 'POST' });
  expect([early.status, (await early.json()).message]).toEqual([400, 'Parts are missing: 2, 4 of 6.']);
  // What a killed client that knows the file alone asks: it gets the same upload.
  const again = await (await begin({ sizeBytes: bytes.length, sha256: hashOf(bytes) })).json();
  expect(again).toMatchObject({ id: begun.id, received: [1, 3, 5, 6] });

  await Promise.all([1, 3].map((index) => put(index, parts[index] as Buffer)));
  const complete = () => ask(`/api/uploads/${begun.id}/complete`, { method: 'POST' });
  const both = await Promise.all([complete(), complete()]);
  for (const answer of [...both, await complete()])
    expect(await answer.json()).toEqual({ sha256: hashOf(bytes), sizeBytes: bytes.length });
  expect((await buffer(await readBlob(hub.services, hashOf(bytes)))).equals(bytes)).toBe(true);
  await expect(access(fileOf(hub.services, begun.id))).rejects.toThrow('ENOENT');
  expect(
    await hub.services.db
      .select()
      .from(uploads)
      .where(and(eq(uploads.sha256, hashOf(bytes)), eq(uploads.uploader, uploader))),
  ).toHaveLength(1);
  expect((await ask(`/api/uploads/${begun.id}`)).status).toBe(410);
});

it('goes on after a restart, which forgets what was hashed', async () => {
  const bytes = randomBytes(3 * partBytes);
  const parts = partsFrom(bytes);
  const { id } = await beginUpload(hub.services, { uploader, sizeBytes: bytes.length, partBytes });
  await putPart(hub.services, id, 1, stream(parts[0] as Buffer));
  forgetProgress(id);
  await putPart(hub.services, id, 3, stream(parts[2] as Buffer));
  await putPart(hub.services, id, 2, stream(parts[1] as Buffer));
  expect(await completeUpload(hub.services, id)).toEqual({ sha256: hashOf(bytes), sizeBytes: bytes.length });
});

it('takes a file of no bytes', async () => {
  const { id, parts } = await beginUpload(hub.services, { uploader, sizeBytes: 0 });
  expect(parts).toBe(0);
  expect(await completeUpload(hub.services, id)).toEqual({ sha256: hashOf(Buffer.alloc(0)), sizeBytes: 0 });
});

it('refuses parts of another size, number or checksum, and keeps nothing of them', async () => {
  const { id } = await beginUpload(hub.services, { uploader, sizeBytes: partBytes + 10, partBytes });
  const put = (number: number, bytes: Buffer, sha256?: string) =>
    putPart(hub.services, id, number, stream(bytes), { sha256 });
  await refused('BAD_INPUT', put(0, Buffer.alloc(10)));
  await refused('BAD_INPUT', put(3, Buffer.alloc(10)));
  await refused('BAD_INPUT', put(2, Buffer.alloc(9)));
  await refused('BAD_INPUT', put(2, Buffer.alloc(11)));
  await refused('BAD_INPUT', put(1, Buffer.alloc(partBytes + 1)));
  await refused('CHECKSUM', put(2, Buffer.alloc(10), hashOf(Buffer.from('other'))));
  expect((await uploadState(hub.services, id)).received).toEqual([]);
  const breaking = Readable.from(
    (function* () {
      yield Buffer.alloc(5);
      throw new Error('the client left');
    })(),
  );
  await expect(putPart(hub.services, id, 2, breaking)).rejects.toThrow('the client left');
  expect((await uploadState(hub.services, id)).received).toEqual([]);
  await put(2, Buffer.alloc(10, 'b'));
  // Sent again it is read to its end and not written: what is there may be hashed already.
  await put(2, Buffer.alloc(10, 'c'));
  await put(1, Buffer.alloc(partBytes, 'a'));
  const whole = Buffer.concat([Buffer.alloc(partBytes, 'a'), Buffer.alloc(10, 'b')]);
  expect((await completeUpload(hub.services, id)).sha256).toBe(hashOf(whole));
});

it('refuses a whole that is not the one announced, and drops it', async () => {
  const announced = hashOf(Buffer.from('announced'));
  const { id } = await beginUpload(hub.services, { uploader, sizeBytes: 4, sha256: announced });
  await putPart(hub.services, id, 1, stream(Buffer.from('sent')));
  await refused('CHECKSUM', completeUpload(hub.services, id));
  await refused('NOT_FOUND', completeUpload(hub.services, id));
  await expect(access(fileOf(hub.services, id))).rejects.toThrow('ENOENT');
  expect(await hub.services.blobs.sizeBytes(announced)).toBeUndefined();
});

it('leaves no file of what was cut, cancelled or has expired, and none to other people', async () => {
  const { id } = await beginUpload(hub.services, { uploader, sizeBytes: 1 << 20 });
  const cut = new AbortController();
  const sending = ask(`/api/uploads/${id}/parts/1`, {
    method: 'PUT',
    duplex: 'half',
    signal: cut.signal,
    body: new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(1000)),
      pull: () => new Promise((resolve) => setTimeout(resolve, 5000)),
    }),
  } as object);
  setTimeout(() => cut.abort(), 100);
  await expect(sending).rejects.toThrow();
  expect((await uploadState(hub.services, id)).received).toEqual([]);

  const other = await hub.person();
  const theirs = await fetch(`${hub.url}/api/uploads/${id}`, {
    headers: { authorization: `Bearer ${other.token}` },
  });
  expect(theirs.status).toBe(404);

  const second = await beginUpload(hub.services, { uploader, sizeBytes: 10 });
  await cancelUpload(hub.services, second.id);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 86_400_000 });
  await refused('GONE', uploadState(hub.services, id));
  vi.useRealTimers();
  await expireUploads(hub.services, new Date(Date.now() + 8 * 86_400_000));
  await refused('NOT_FOUND', uploadState(hub.services, id));
  expect(await readdir(path.dirname(fileOf(hub.services, id)))).toEqual([]);
});

it('lets nobody commit a file of which a part is missing, and names it', async () => {
  const bytes = randomBytes(2 * partBytes);
  const sha256 = hashOf(bytes);
  const begun = (await (await begin({ sizeBytes: bytes.length, sha256, partBytes })).json()) as {
    id: string;
  };
  await putPart(hub.services, begun.id, 1, stream(bytes.subarray(0, partBytes)));
  const { api, username } = person;
  const at = { kind: 'dataset' as const, namespace: username, name: 'half' };
  await api.repositories.create(at);
  const commit = () =>
    api.repositories.commit({
      ...at,
      message: 'too early',
      operations: [{ op: 'add', path: 'scans/half.bin', sha256 }],
    });
  await expect(commit()).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: expect.stringContaining('"scans/half.bin"'),
  });
  await cancelUpload(hub.services, begun.id);
});

it('limits how much a person has open, and how small parts are', async () => {
  await refused('BAD_INPUT', beginUpload(hub.services, { uploader, sizeBytes: 10, partBytes: 1000 }));
  await refused('BAD_INPUT', beginUpload(hub.services, { uploader, sizeBytes: 2 ** 34, partBytes: 1 << 20 }));
  const first = await beginUpload(hub.services, { uploader, sizeBytes: 2 ** 40 });
  expect(first.parts).toBeLessThanOrEqual(10_000);
  await beginUpload(hub.services, { uploader, sizeBytes: 2 ** 40 });
  await refused('TOO_MANY', beginUpload(hub.services, { uploader, sizeBytes: 1 }));
});
