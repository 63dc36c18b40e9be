import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeBlobStore } from './conformance.ts';
import { openDiskStore } from './disk.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-blobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeBlobStore('a store on disk', () => openDiskStore(folder));

it('removes what a crash left half-written', async () => {
  await mkdir(join(folder, 'incoming'), { recursive: true });
  await writeFile(join(folder, 'incoming', 'left-over'), 'half');
  await openDiskStore(folder);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

it('says that the disk is full, and keeps working when there is space again', async ({ skip }) => {
  const small = join(folder, 'small');
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    skip('needs the right to mount a small disk');
  }
  try {
    const store = await openDiskStore(small);
    await expect(store.put(Readable.from([Buffer.alloc(1_000_000)]))).rejects.toMatchObject({
      code: 'DISK_FULL',
    });
    expect(await readdir(join(small, 'incoming'))).toEqual([]);
    expect((await store.put(Readable.from([Buffer.alloc(1000)]))).sizeBytes).toBe(1000);
  } finally {
    execFileSync('umount', [small]);
  }
});

it('refuses a body that broke before anybody read it, and goes on', async () => {
  const store = await openDiskStore(folder);
  const broken = new Readable({ read() {} });
  const putting = store.put(broken);
  // An error that nobody listens for ends the process.
  expect(broken.listenerCount('error')).toBeGreaterThan(0);
  broken.destroy(new Error('cut'));
  await expect(putting).rejects.toThrow('cut');
});
