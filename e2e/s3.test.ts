/** A hub whose blobs lie in S3: what people push arrives there, and comes back from there, also after a restart. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { s3Keys, startTestS3, type TestS3 } from '../packages/hub/src/testing/s3.ts';
import { banyan as printed } from './banyan.ts';
import { freePort, type HubProcess, newFolder, startHub, stopProcess } from './hub-process.ts';

let s3: TestS3;
let hub: HubProcess;
let folder = '';
let home = '';
let env: Record<string, string> = {};
beforeAll(async () => {
  s3 = await startTestS3();
  folder = await mkdtemp(join(tmpdir(), 'banyan-s3-client-'));
  home = await newFolder('banyan-s3-home-');
  env = {
    ...s3Keys,
    AWS_ENDPOINT_URL_S3: s3.place.endpoint ?? '',
    AWS_REGION: 'us-east-1',
    BANYAN_BLOBS: 's3://banyan/some/prefix',
    BANYAN_LOCAL_WORKER: 'off',
  };
  hub = await startHub({ home, env, port: await freePort() });
});
afterAll(async () => {
  await hub?.stop();
  await s3?.stop();
  for (const one of [folder, home]) await rm(one, { recursive: true, force: true });
});

const banyan = (...words: string[]) => printed(words, { folder, env: { BANYAN_HOME: home } });

it('pushes and pulls', async () => {
  const token = (await banyan('admin', 'token', 'ana')).trim();
  await banyan('login', hub.url, '--token', token);
  const files = {
    'README.md': Buffer.from('# Noise\n'),
    'noise.bin': randomBytes(20 << 20),
    'empty.bin': Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  await banyan('push', ...Object.keys(files), 'ana/noise', '--create');
  await banyan('pull', 'ana/noise', '--to', 'back');
  for (const [name, bytes] of Object.entries(files))
    expect((await readFile(join(folder, 'back', name))).equals(bytes)).toBe(true);
  // On this machine nothing is left of them.
  expect(existsSync(join(home, 'blobs'))).toBe(false);
  expect(await readdir(join(home, 'spool'))).toEqual([]);
  expect(existsSync(s3.folder)).toBe(true);
});

it('goes on with an upload in parts after it was killed', async () => {
  const token = (await banyan('admin', 'token', 'ana')).trim();
  const bytes = randomBytes(3 << 20);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(hub.url + path, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        ...(typeof init.body === 'string' && { 'content-type': 'application/json' }),
      },
    });
  const begin = async () => {
    const body = JSON.stringify({ sizeBytes: bytes.length, sha256, partBytes: 1 << 20 });
    return (await (await ask('/api/uploads', { method: 'POST', body })).json()) as {
      id: string;
      received: number[];
    };
  };
  const put = (id: string, number: number) =>
    ask(`/api/uploads/${id}/parts/${number}`, {
      method: 'PUT',
      body: new Uint8Array(bytes.subarray((number - 1) << 20, number << 20)),
    });
  const { id } = await begin();
  expect((await put(id, 3)).status).toBe(204);
  hub.process.kill('SIGKILL');
  await stopProcess(hub.process);
  hub = await startHub({ home, env, port: await freePort() });
  expect(await begin()).toMatchObject({ id, received: [3] });
  await Promise.all([put(id, 1), put(id, 2)]);
  const done = await ask(`/api/uploads/${id}/complete`, { method: 'POST' });
  expect(await done.json()).toEqual({ sha256, sizeBytes: bytes.length });
  expect(await readdir(join(home, 'uploads'))).toEqual([]);
});

it('does not start on a bucket that it cannot use, and says why', async () => {
  const other = await newFolder('banyan-s3-none-');
  await expect(
    startHub({ home: other, env: { ...env, BANYAN_BLOBS: 's3://missing/prefix' }, port: await freePort() }),
  ).rejects.toThrow(/the bucket "missing" cannot be used/);
  await rm(other, { recursive: true, force: true });
});
