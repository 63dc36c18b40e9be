import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { access, utimes, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPerson } from '../../people/store.ts';
import { startTestHub, type TestHub } from '../../testing.ts';
import { writeStream } from '../disk-writer.ts';
import { beginUpload, fileOf } from './sessions.ts';
import { removeStrays } from './strays.ts';

let hub: TestHub;
let uploader = '';
beforeAll(async () => {
  hub = await startTestHub();
  const { username } = await hub.person();
  uploader = (await findPerson(hub.services.db, username))?.id ?? '';
});
afterAll(() => hub.stop());

const isThere = (id: string): Promise<boolean> =>
  access(fileOf(hub.services, id)).then(
    () => true,
    () => false,
  );

it('an upload has its file as soon as anybody hears of it', async () => {
  expect(await removeStrays(hub.services)).toBe(0);
  for (let round = 0; round < 20; round += 1) {
    const sha256 = createHash('sha256').update(randomBytes(8)).digest('hex');
    const begin = async () =>
      isThere((await beginUpload(hub.services, { uploader, sizeBytes: 100, sha256 })).id);
    expect(await Promise.all([begin(), begin(), begin()])).toEqual([true, true, true]);
  }
});

it('files of which no row is left go, and no others', async () => {
  const { id } = await beginUpload(hub.services, { uploader, sizeBytes: 100 });
  const [stray, fresh] = [randomUUID(), randomUUID()];
  for (const one of [stray, fresh]) await writeFile(fileOf(hub.services, one), 'left');
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const one of [stray, id]) await utimes(fileOf(hub.services, one), longAgo, longAgo);
  expect(await removeStrays(hub.services)).toBe(1);
  expect([await isThere(stray), await isThere(fresh), await isThere(id)]).toEqual([false, true, true]);
});

it('what sends a file is let go when there is no place for it', async () => {
  const body = Readable.from([Buffer.alloc(10)]);
  const to = { flags: 'r+', start: 0, durable: false } as const;
  const writing = writeStream(body, fileOf(hub.services, 'none'), to, { see: () => undefined });
  await expect(writing).rejects.toThrow('ENOENT');
  expect(body.destroyed).toBe(true);
});
