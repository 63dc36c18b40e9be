import { appendFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findFiles, readUnchanged } from './local-files.ts';

it('takes files as they are and folders with all they hold', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-files-'));
  await mkdir(join(folder, 'data/.git'), { recursive: true });
  await writeFile(join(folder, 'data/a.csv'), 'x\n');
  await writeFile(join(folder, 'data/.git/config'), 'x');
  await writeFile(join(folder, 'README.md'), '# x');
  const found = await findFiles([join(folder, 'data'), join(folder, 'README.md')]);
  expect(found.map(({ path }) => path)).toEqual(['README.md', 'a.csv']);
  await expect(findFiles([join(folder, 'data'), join(folder, 'data/a.csv')])).rejects.toThrow(
    'Two files would become a.csv',
  );
  await expect(findFiles([join(folder, 'nothing')])).rejects.toThrow('There is no file or folder');
});

it('tells that a file changed while it was read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-files-'));
  const file = join(folder, 'growing.log');
  await writeFile(file, 'one\n');
  const [found] = await findFiles([file]);
  expect(String(await readUnchanged(found!, () => readFile(file)))).toBe('one\n');
  const changing = readUnchanged(found!, async () => {
    await appendFile(file, 'two\n');
    return readFile(file);
  });
  await expect(changing).rejects.toThrow(`${file} changed while it was read.`);
  await expect(readUnchanged(found!, () => readFile(file))).rejects.toThrow('changed while it was read');
});
