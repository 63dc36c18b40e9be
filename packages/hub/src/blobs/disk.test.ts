import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
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
  const shared = join(folder, 'crashed');
  await openDiskStore(shared);
  const other = await startWriter(shared);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const foreign = join(shared, 'incoming', 'another-machine.1.half');
  const old = join(shared, 'incoming', 'another-machine.1.left-over');
  for (const file of [foreign, old]) await writeFile(file, 'half');
  const longAgo = new Date(Date.now() - 25 * 3_600_000);
  await utimes(old, longAgo, longAgo);
  expect(await readdir(join(shared, 'incoming'))).toHaveLength(3);
  await openDiskStore(shared);
  expect(await readdir(join(shared, 'incoming'))).toEqual(['another-machine.1.half']);
});

it('leaves alone what another hub on the same folder is writing, in this process or another', async () => {
  const shared = join(folder, 'shared');
  const first = await openDiskStore(shared);
  const other = await startWriter(shared);
  const slow = new PassThrough();
  const coming = first.put(slow);
  slow.write('half, ');
  await expect.poll(async () => (await readdir(join(shared, 'incoming'))).length).toBe(2);
  const second = await openDiskStore(shared);
  slow.end('whole');
  const { sha256 } = await coming;
  expect(String(await buffer(second.read(sha256)))).toBe('half, whole');
  other.stdin.end();
  const [code] = (await once(other, 'exit')) as [number];
  expect(code).toBe(0);
  expect(await second.sizeBytes(createHash('sha256').update('theirs').digest('hex'))).toBe(6);
  expect(await readdir(join(shared, 'incoming'))).toEqual([]);
});

/** Another process that puts "theirs" and what comes on its standard input, whose end it waits for. */
async function startWriter(shared: string) {
  const program = `
    const { openDiskStore } = await import(process.argv[1]);
    const store = await openDiskStore(process.argv[2]);
    await store.put(process.stdin);`;
  const store = fileURLToPath(new URL('disk.ts', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, store, shared], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const before = (await readdir(join(shared, 'incoming'))).length;
  child.stdin.write('theirs');
  await expect
    .poll(async () => (await readdir(join(shared, 'incoming'))).length, { timeout: 20_000 })
    .toBe(before + 1);
  return child;
}

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
