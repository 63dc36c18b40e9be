import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeJobFolder, sweepJobFolders } from './job-folders.ts';

it('sweeps what a killed worker left, and nothing of a living one', async () => {
  const home = await mkdtemp(join(tmpdir(), 'banyan-folders-'));
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  await mkdir(join(home, 'jobs', `${dead}-a`), { recursive: true });
  await mkdir(join(home, 'jobs', `${process.ppid}-b`), { recursive: true });
  await sweepJobFolders(home);
  expect(await readdir(join(home, 'jobs'))).toEqual([`${process.ppid}-b`]);
  expect(await makeJobFolder(home, 'c')).toContain(`${process.pid}-c`);
});
