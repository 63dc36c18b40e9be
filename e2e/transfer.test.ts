import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { banyan as printed, startBanyan, type Where } from './banyan.ts';
import { freePort, type HubProcess, newFolder, startHub, storeBytes } from './hub-process.ts';
import { type Member, signUp } from './person.ts';
import { openSlowLine, type SlowLine } from './slow-line.ts';

const megabyte = 1_000_000;
const fast = Number.POSITIVE_INFINITY;

let hub: HubProcess;
let owner: Member;
let folder: string;
const lines: SlowLine[] = [];

beforeAll(async () => {
  const port = await freePort();
  [hub, folder] = await Promise.all([
    startHub({ port, env: { BANYAN_LOCAL_WORKER: 'off' } }),
    newFolder('banyan-transfer-'),
  ]);
  owner = await signUp(
    hub.url,
    { setup: hub.setupCode },
    { username: 'wangari', name: 'Wangari', password: 'seven trees in a row' },
  );
}, 120_000);
afterAll(async () => {
  for (const line of lines) await line.close();
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

const throughLine = async (bytesPerSecond: number): Promise<SlowLine> => {
  const line = await openSlowLine(() => Number(new URL(hub.url).port), bytesPerSecond);
  lines.push(line);
  return line;
};

const at = (url: string): Where => ({ folder, as: { url, token: owner.token } });
const banyan = async (url: string, ...words: string[]) =>
  JSON.parse(await printed([...words, '--json'], at(url)));
const start = (url: string, ...words: string[]): ChildProcess => startBanyan(words, at(url), 'ignore');

const sha256 = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

it('moves what changed of a large file, and the store grows by as much', { timeout: 120_000 }, async () => {
  await writeFile(join(folder, 'plots.bin'), randomBytes(64 * megabyte));
  const first = await banyan(hub.url, 'push', 'plots.bin', 'wangari/plots', '--create');
  expect(first.sentBytes).toBeGreaterThan(64 * megabyte);
  const before = await storeBytes(hub.home);

  const file = await open(join(folder, 'plots.bin'), 'r+');
  await file.write(randomBytes(megabyte), 0, megabyte, 30 * megabyte);
  await file.close();
  const line = await throughLine(fast);
  const second = await banyan(line.url, 'push', 'plots.bin', 'wangari/plots');
  expect(second.files).toBe(1);
  expect(second.sentBytes).toBeLessThan(2 * megabyte);
  expect(line.sentBytes()).toBeLessThan(2 * megabyte);
  expect((await storeBytes(hub.home)) - before).toBeLessThan(2 * megabyte);

  expect(await banyan(hub.url, 'push', 'plots.bin', 'wangari/plots')).toMatchObject({
    files: 0,
    sentBytes: 0,
  });
  await banyan(hub.url, 'pull', 'wangari/plots', '--to', 'back');
  expect(await sha256(join(folder, 'back/plots.bin'))).toBe(await sha256(join(folder, 'plots.bin')));
});

it('goes on with a push after the line was cut and the client killed', {
  timeout: 180_000,
}, async () => {
  await writeFile(join(folder, 'scans.bin'), randomBytes(100 * megabyte));
  await owner.api.repositories.create({ kind: 'dataset', namespace: 'wangari', name: 'scans' });
  const line = await throughLine(8 * megabyte);
  const killed = start(line.url, 'push', 'scans.bin', 'wangari/scans');
  await expect.poll(line.sentBytes, { timeout: 60_000 }).toBeGreaterThan(20 * megabyte);
  line.cut();
  line.mend();
  await expect.poll(line.sentBytes, { timeout: 60_000 }).toBeGreaterThan(85 * megabyte);
  const gone = once(killed, 'exit');
  killed.kill('SIGKILL');
  await gone;
  expect(
    (await owner.api.repositories.get({ kind: 'dataset', namespace: 'wangari', name: 'scans' })).head,
  ).toBe(undefined);

  const again = await banyan(hub.url, 'push', 'scans.bin', 'wangari/scans');
  expect(again.sentBytes).toBeGreaterThan(0);
  // Four xorbs of 16 MiB may have been under way when it was killed; what came before is not sent again.
  expect(again.sentBytes).toBeLessThan(90 * megabyte);
  await banyan(hub.url, 'pull', 'wangari/scans', '--to', 'scans');
  expect(await sha256(join(folder, 'scans/scans.bin'))).toBe(await sha256(join(folder, 'scans.bin')));
});

it('goes on with a pull after it was killed', { timeout: 120_000 }, async () => {
  const line = await throughLine(fast);
  line.slowAnswers(4 * megabyte);
  const killed = start(line.url, 'pull', 'wangari/scans', '--to', 'resumed');
  const arrived = async (): Promise<number> => {
    const names = await readdir(join(folder, 'resumed/.banyan')).catch(() => []);
    const log = names.find((name) => name.endsWith('.ranges'));
    const text = log === undefined ? '' : await readFile(join(folder, 'resumed/.banyan', log), 'utf8');
    return Math.max(0, text.split('\n').length - 2);
  };
  await expect.poll(arrived, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
  const gone = once(killed, 'exit');
  killed.kill('SIGKILL');
  await gone;
  const ranges = await arrived();
  const again = await banyan(hub.url, 'pull', 'wangari/scans', '--to', 'resumed');
  expect(again.receivedBytes).toBe(100 * megabyte - ranges * 8 * 2 ** 20);
  expect(await sha256(join(folder, 'resumed/scans.bin'))).toBe(await sha256(join(folder, 'scans.bin')));
  expect(await readdir(join(folder, 'resumed'))).toEqual(['scans.bin']);
});

it('pushes and pulls many small files, and only those asked for', { timeout: 120_000 }, async () => {
  const many = join(folder, 'many');
  for (let sector = 0; sector < 5; sector++) {
    await mkdir(join(many, `sector-${sector}`), { recursive: true });
    for (let plot = 0; plot < 40; plot++)
      await writeFile(join(many, `sector-${sector}/plot-${plot}.csv`), `tree,height\n${sector},${plot}\n`);
  }
  await writeFile(join(many, 'empty.txt'), '');
  expect(await banyan(hub.url, 'push', 'many', 'wangari/many', '--create')).toMatchObject({ files: 201 });
  await writeFile(join(many, 'sector-0/plot-0.csv'), 'tree,height\n9,9\n');
  expect(await banyan(hub.url, 'push', 'many', 'wangari/many')).toMatchObject({ files: 1, sentBytes: 16 });
  const pulled = await banyan(
    hub.url,
    'pull',
    'wangari/many',
    '--to=some',
    '--include=sector-1',
    '--include=*.txt',
    '--exclude=*-7.csv',
  );
  expect(pulled.files).toHaveLength(40);
  expect((await readdir(join(folder, 'some'))).sort()).toEqual(['empty.txt', 'sector-1']);
  expect(await readdir(join(folder, 'some/sector-1'))).toHaveLength(39);
});
