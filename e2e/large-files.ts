/**
 * `node e2e/large-files.ts [MEGABYTES]` (1000 if absent): pushes a file of that size with the command line, changes 1 MB of it, pushes
 * and pulls it; prints what travelled, by how much the store grew, how long each took and the memory of the client and of the hub.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { startBanyan } from './banyan.ts';
import { newFolder, startHub, storeBytes } from './hub-process.ts';
import { signUp } from './person.ts';

const megabyte = 1_000_000;
const size = Number(process.argv[2] ?? 1000);
const [hub, folder] = await Promise.all([
  startHub({ env: { BANYAN_LOCAL_WORKER: 'off' } }),
  newFolder('banyan-large-'),
]);
const owner = await signUp(
  hub.url,
  { setup: hub.setupCode },
  { username: 'wangari', name: 'Wangari', password: 'seven trees in a row' },
);

/** The most memory that a process has had so far, in MB; undefined once it is gone. */
async function peakMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1000);
}

async function banyan(what: string, ...words: string[]): Promise<void> {
  const before = await storeBytes(hub.home);
  const startMs = performance.now();
  const child = startBanyan([...words, '--json'], { folder, as: owner.options }, [
    'ignore',
    'pipe',
    'inherit',
  ]);
  let peak = 0;
  const watch = setInterval(() => {
    void peakMegabytes(child.pid!).then((now) => {
      peak = now ?? peak;
    });
  }, 50);
  const printed = text(child.stdout!);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(watch);
  if (code !== 0) throw new Error(`banyan ${words.join(' ')} ended with ${code}`);
  const seconds = (performance.now() - startMs) / 1000;
  const answer = JSON.parse(await printed) as { sentBytes?: number; receivedBytes?: number };
  const moved = (answer.sentBytes ?? answer.receivedBytes ?? 0) / megabyte;
  const grown = ((await storeBytes(hub.home)) - before) / megabyte;
  console.log(
    `${what}: ${moved.toFixed(2)} MB moved, the store grew by ${grown.toFixed(2)} MB, ${seconds.toFixed(1)} s ` +
      `(${(size / seconds).toFixed(0)} MB/s); client ${peak} MB, hub ${await peakMegabytes(hub.process.pid!)} MB`,
  );
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

try {
  const file = await open(join(folder, 'large.bin'), 'w+');
  for (let at = 0; at < size; at++) await file.write(randomBytes(megabyte));
  await banyan('push', 'push', 'large.bin', 'wangari/large', '--create');
  await file.write(randomBytes(megabyte), 0, megabyte, Math.floor(size / 3) * megabyte + 321);
  await file.close();
  await banyan('push after 1 MB changed', 'push', 'large.bin', 'wangari/large');
  await banyan('push of nothing new', 'push', 'large.bin', 'wangari/large');
  const pushed = await sha256(join(folder, 'large.bin'));
  // The disk needs room for the store and one file.
  await rm(join(folder, 'large.bin'));
  await banyan('pull', 'pull', 'wangari/large', '--to', 'back');
  const same = (await sha256(join(folder, 'back/large.bin'))) === pushed;
  console.log(same ? 'the bytes are the same' : 'THE BYTES DIFFER');
  if (!same) process.exitCode = 1;
} finally {
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
}
