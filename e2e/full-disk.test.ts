import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBanyan } from './banyan.ts';
import { type HubProcess, newFolder, startHub } from './hub-process.ts';
import { type Member, signUp } from './person.ts';
import { mountSmallDisk } from './small-disk.ts';

const mebibyte = 1 << 20;
const owner = { username: 'wangari', name: 'Wangari', password: 'seven trees in a row' };

let folder: string;
let hub: HubProcess;
let member: Member;

beforeAll(async () => {
  folder = await newFolder('banyan-full-');
  hub = await startHub({ env: { BANYAN_LOCAL_WORKER: 'off' } });
  member = await signUp(hub.url, { setup: hub.setupCode }, owner);
}, 120_000);
afterAll(async () => {
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

const banyan = (...words: string[]) => runBanyan(words, { folder, as: member.options });

it('pulls onto a full disk: says so, leaves no half file in place, and goes on when there is room', {
  timeout: 180_000,
}, async ({ skip }) => {
  const disk =
    (await mountSmallDisk(join(folder, 'target'), 20)) ?? skip('needs the right to mount a small disk');
  try {
    const files = { 'large.bin': randomBytes(30 * mebibyte), 'note.txt': Buffer.from('a note') };
    await mkdir(join(folder, 'plots'));
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, 'plots', name), bytes);
    expect(await banyan('push', 'plots', 'wangari/plots', '--create')).toMatchObject({ code: 0 });

    const to = join(disk.path, 'plots');
    const full = await banyan('pull', 'wangari/plots', '--to', to);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('The disk is full.') });
    expect(await readdir(to)).not.toContain('large.bin');

    disk.grow(50);
    const { code, stdout } = await banyan('pull', 'wangari/plots', '--to', to, '--json');
    expect(code).toBe(0);
    // A range of 8 MiB at least had come before.
    expect(JSON.parse(stdout).receivedBytes).toBeLessThanOrEqual(22 * mebibyte + 6);
    expect((await readdir(to)).sort()).toEqual(Object.keys(files));
    for (const [name, bytes] of Object.entries(files))
      expect((await readFile(join(to, name))).equals(bytes)).toBe(true);
  } finally {
    await disk.remove();
  }
});

it('refuses uploads while the hub has little room, serves all else, and takes them when there is room', {
  timeout: 180_000,
}, async ({ skip }) => {
  const disk =
    (await mountSmallDisk(join(folder, 'home'), 1000)) ?? skip('needs the right to mount a small disk');
  const other = join(disk.path, 'of-others');
  const small = await startHub({
    home: join(disk.path, 'hub'),
    env: { BANYAN_LOCAL_WORKER: 'off' },
  });
  try {
    const { token, api } = await signUp(small.url, { setup: small.setupCode }, owner);
    const at = { kind: 'dataset', namespace: owner.username, name: 'plots' } as const;
    await api.repositories.create(at);
    const upload = (body: Buffer): Promise<Response> =>
      fetch(`${small.url}/api/blobs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(body),
      });
    const commit = (path: string, sha256: string) =>
      api.repositories.commit({ ...at, message: path, operations: [{ op: 'add', path, sha256 }] });
    const stored = async (body: Buffer): Promise<string> => {
      const answer = await upload(body);
      expect(answer.status).toBe(200);
      return ((await answer.json()) as { sha256: string }).sha256;
    };
    const [before, after] = [randomBytes(12 * mebibyte), randomBytes(12 * mebibyte)];
    const first = await stored(before);
    await commit('before.bin', first);

    await takeRoom(other, disk.path, 100 * mebibyte);
    const refused = await upload(after);
    expect(refused.status).toBe(507);
    expect(await refused.json()).toMatchObject({ code: 'DISK_FULL' });
    const there = await fetch(`${small.url}/api/files/dataset/${owner.username}/plots/main/before.bin`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(Buffer.from(await there.arrayBuffer()).equals(before)).toBe(true);
    await api.repositories.create({ ...at, name: 'others' });
    await commit('copy.bin', first);

    await rm(other);
    await commit('after.bin', await stored(after));
    const { files } = await api.repositories.tree(at);
    expect(files.map(({ path }) => path)).toEqual(['after.bin', 'before.bin', 'copy.bin']);
  } finally {
    await small.stop();
    await disk.remove();
  }
});

/** Writes a file that leaves so much of a disk. */
async function takeRoom(file: string, disk: string, leftBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await using handle = await open(file, 'w');
  const block = Buffer.alloc(mebibyte);
  for (let left = bavail * bsize - leftBytes; left > 0; left -= block.length)
    await handle.write(block, 0, Math.min(left, block.length));
}
