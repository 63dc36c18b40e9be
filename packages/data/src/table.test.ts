import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTables, translate } from './table.ts';
import { temporaryFolder, writeFiles } from './test-data.ts';

async function open(folders: string[], memoryLimitMb?: number) {
  const tables = await openTables({
    inputs: [],
    folders,
    scratch: join(temporaryFolder(), 'spill'),
    memoryLimitMb,
  });
  onTestFinished(() => tables.close());
  return tables;
}

test('only the files it was opened for can be read, and that cannot be changed', async () => {
  const [file] = writeFiles({ 'secret.csv': 'a\n1\n' });
  const tables = await open([temporaryFolder()]);
  await expect(tables.rows(`SELECT * FROM read_csv('${file!.path}')`)).rejects.toThrow('Permission Error');
  await expect(tables.run('SET enable_external_access = true')).rejects.toThrow();
});

test('a full disk and too little memory are told apart from bad data', async () => {
  // Linux's /dev/full refuses every write as a full disk does.
  const tables = await open(['/dev'], 64);
  await expect(
    tables.run("COPY (SELECT range FROM range(1000000)) TO '/dev/full' (FORMAT parquet)"),
  ).rejects.toMatchObject({ code: 'disk' });
  const error: unknown = await writeFile('/dev/full', 'x').catch((reason: unknown) => reason);
  expect(translate(error)).toMatchObject({
    code: 'disk',
    message: expect.stringContaining('free some space'),
  });
  await expect(tables.run('SELECT list(md5(range::VARCHAR)) FROM range(5000000)')).rejects.toMatchObject({
    code: 'too-large',
  });
});
