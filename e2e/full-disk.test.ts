import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HubProcess, newFolder, root, startHub } from './hub-process.ts';
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

/** What the command line prints and ends with. */
const banyan = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'packages/cli/src/main.ts'), ...words],
      {
        cwd: folder,
        env: {
          ...process.env,
          XDG_CONFIG_HOME: join(folder, 'config'),
          BANYAN_URL: hub.url,
          BANYAN_TOKEN: member.token,
        },
      },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

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
