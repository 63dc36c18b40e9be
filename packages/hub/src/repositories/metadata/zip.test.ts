import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type ZipEntry, zip } from './zip.ts';

const python = process.env['BANYAN_PYTHON'] ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'banyan-zip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = (path: string, bytes: Uint8Array, more: Partial<ZipEntry> = {}): ZipEntry => ({
  path,
  sizeBytes: bytes.length,
  packed: false,
  open: async function* () {
    for (let start = 0; start < bytes.length; start += 100_000) yield bytes.subarray(start, start + 100_000);
  },
  ...more,
});

/** Unpacks with a reader that is not ours. */
async function unpack(entries: Iterable<ZipEntry>): Promise<string> {
  const file = join(folder, 'archive.zip');
  await writeFile(file, zip(entries, new Date(Date.UTC(2026, 0, 31, 23, 59, 58))));
  const read =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2]); print(len(z.namelist()))';
  return execFileSync(python, ['-c', read, file, folder], { encoding: 'utf8' }).trim();
}

it('is read by others: empty, small, packed and large files, names of all scripts', async () => {
  const text = Buffer.from('a line of text that repeats itself\n'.repeat(50_000));
  const random = Buffer.from(
    Uint32Array.from({ length: 100_000 }, (_, n) => (n * 2_654_435_761) >>> 0).buffer,
  );
  await unpack([
    entry('empty', Buffer.alloc(0)),
    entry('deep/folder/ü 文.txt', Buffer.from('x')),
    entry('text.csv', text),
    entry('packed.parquet', random, { packed: true }),
  ]);
  expect(readFileSync(join(folder, 'empty'))).toHaveLength(0);
  expect(readFileSync(join(folder, 'deep/folder/ü 文.txt'), 'utf8')).toBe('x');
  expect(readFileSync(join(folder, 'text.csv')).equals(text)).toBe(true);
  expect(readFileSync(join(folder, 'packed.parquet')).equals(random)).toBe(true);
  expect(readFileSync(join(folder, 'archive.zip')).length).toBeLessThan(random.length + text.length / 10);
});

it('holds more files than 16 bits count', async () => {
  const many = Array.from({ length: 66_000 }, (_, n) => entry(`many/${n}`, Buffer.from([n & 255])));
  const file = join(folder, 'many.zip');
  await writeFile(file, zip(many, new Date()));
  const count = 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))';
  expect(execFileSync(python, ['-c', count, file], { encoding: 'utf8' }).trim()).toBe('66000');
});

const drain = async (entries: ZipEntry[]) => {
  for await (const _ of zip(entries, new Date()));
};

const broken = async function* () {
  yield Buffer.alloc(1 << 20);
  throw new Error('the disk is gone');
};

it('stops at a file that is not as long as it said, and lets go of what it reads when nobody listens', async () => {
  await expect(drain([entry('a', Buffer.from('abc'), { sizeBytes: 2 })])).rejects.toThrow(
    'has 3 bytes, not 2',
  );
  let closed = 0;
  const endless = async function* () {
    try {
      for (;;) yield Buffer.alloc(1 << 16);
    } finally {
      closed += 1;
    }
  };
  for (const packed of [true, false]) {
    const stream = zip([entry('a', Buffer.alloc(0), { open: endless, sizeBytes: 1e12, packed })], new Date());
    for (let n = 0; n < 5; n += 1) await stream.next();
    await stream.return(undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(closed).toBe(2);
  await expect(drain([entry('a', Buffer.alloc(1 << 20), { open: broken })])).rejects.toThrow(
    'the disk is gone',
  );
});
