import { execFile } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { preview } from '../preview.ts';
import { temporaryFolder } from '../test-data.ts';
import { importTable } from './import-table.ts';

/** Imports in a process of its own, which tells what became of it and the most memory it held. */
const child = `
import { importTable } from ${JSON.stringify(fileURLToPath(new URL('./import-table.ts', import.meta.url)))};
const [path, name, out] = process.argv.slice(-3);
const since = Date.now();
const message = await importTable([{ path, name }], out, { memoryLimitMb: 512 }).then(
  ({ rows }) => 'read ' + rows + ' rows',
  (error) => error.name + ' ' + error.code + ': ' + error.message,
);
console.log(JSON.stringify({ message, mostMb: process.resourceUsage().maxRSS / 1000, tookMs: Date.now() - since }));
`;

interface Outcome {
  message: string;
  mostMb: number;
  tookMs: number;
  left: string[];
}

async function importApart(path: string, name: string): Promise<Outcome> {
  const folder = temporaryFolder();
  const script = join(folder, 'import.ts');
  writeFileSync(script, child);
  const out = join(folder, 'out.parquet');
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, path, name, out],
      (error, stdout, stderr) => (error ? reject(new Error(stderr || error.message)) : resolve(stdout)),
    );
  });
  const left = readdirSync(folder).filter((entry) => entry !== 'import.ts');
  return { ...(JSON.parse(printed) as Omit<Outcome, 'left'>), left };
}

async function parquet(select: string, more = ''): Promise<string> {
  const path = join(temporaryFolder(), 'made.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet, COMPRESSION zstd${more})`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** Refused with one sentence, within memory, and nothing left on disk. */
function expectRefused({ message, mostMb, left }: Outcome, sentence: RegExp, withinMb: number): void {
  expect(message).toMatch(sentence);
  expect(message).toMatch(/^DataError /);
  expect(mostMb).toBeLessThan(withinMb);
  expect(left).toEqual([]);
}

async function* zeros() {
  const block = Buffer.from('0,0\n'.repeat(250_000));
  yield 'a,b\n';
  for (let i = 0; i < 400; i++) yield block;
}
const noise = () => `${Math.random()},${Math.random()}\n`;

test('gzip that unpacks to a thousand times its size', async () => {
  const path = join(temporaryFolder(), 'bomb.csv.gz');
  await pipeline(Readable.from(zeros()), createGzip({ level: 9 }), createWriteStream(path));
  expectRefused(await importApart(path, 'bomb.csv.gz'), /unpacks to more than 250 times its size/, 400);
}, 60_000);

test('gzip that unpacks to more than is allowed', async () => {
  const path = join(temporaryFolder(), 'long.csv.gz');
  await pipeline(
    Readable.from(['a,b\n', ...Array.from({ length: 50_000 }, noise)]),
    createGzip(),
    createWriteStream(path),
  );
  const folder = temporaryFolder();
  const going = importTable([{ path, name: 'long.csv.gz' }], join(folder, 'out.parquet'), { maxBytes: 1e6 });
  await expect(going).rejects.toMatchObject({
    code: 'too-large',
    message: expect.stringContaining('1 MB allowed'),
  });
  expect(readdirSync(folder)).toEqual([]);
}, 60_000);

test('Parquet whose footer promises rows that are not there', async () => {
  const path = await parquet('SELECT i, i * 2 AS j FROM range(5000) t(i)');
  const bytes = readFileSync(path);
  // 5,000 as a zigzag varint of the footer's compact Thrift is 90 4e; 5,001,000 rows would be longer, 6,000 are e0 5d.
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  for (let at = footer; (at = bytes.indexOf(Buffer.from([0x90, 0x4e]), at)) >= 0; at += 2)
    bytes.set([0xe0, 0x5d], at);
  writeFileSync(path, bytes);
  expectRefused(await importApart(path, 'lies.parquet'), /lies\.parquet is not a whole Parquet file/, 600);
}, 60_000);

test('Parquet whose footer promises a size beyond the file', async () => {
  const path = await parquet('SELECT i FROM range(5000) t(i)');
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(0x7fffffff, bytes.length - 8);
  writeFileSync(path, bytes);
  expectRefused(await importApart(path, 'long.parquet'), /long\.parquet is not a whole Parquet file/, 600);
}, 60_000);

test('Parquet of a few kilobytes whose values unpack to gigabytes', async () => {
  // Six values of 100 MB each.
  const path = await parquet(
    "SELECT repeat('0', 100000000) || i AS x FROM range(6) t(i)",
    ', ROW_GROUP_SIZE 2048, DICTIONARY_SIZE_LIMIT 1',
  );
  const outcome = await importApart(path, 'pages.parquet');
  expectRefused(outcome, /pages\.parquet unpacks from .* decompression bomb/, 600);
}, 120_000);

test('CSV with one line of hundreds of megabytes', async () => {
  const path = join(temporaryFolder(), 'line.csv');
  const file = await open(path, 'w');
  await file.write('a,b\n1,2\n');
  for (let i = 0; i < 300; i++) await file.write('x'.repeat(1_000_000));
  await file.write(',1\n');
  await file.close();
  expectRefused(await importApart(path, 'line.csv'), /a row is longer than 8 MB/, 900);
}, 60_000);

test.each(['csv', 'json', 'parquet'])(
  '%s of 100,000 columns',
  async (format) => {
    const columns = Array.from({ length: 100_000 }, (_, i) => `c${i}`);
    let path = join(temporaryFolder(), 'wide');
    if (format === 'csv') writeFileSync(path, `${columns.join(',')}\n${columns.map(() => 1).join(',')}\n`);
    else if (format === 'json')
      writeFileSync(path, JSON.stringify([Object.fromEntries(columns.map((name) => [name, 1]))]));
    else
      path = await parquet(
        `SELECT ${columns
          .slice(0, 25_000)
          .map((name) => `1 AS ${name}`)
          .join(', ')}`,
      );
    expectRefused(
      await importApart(path, `wide.${format}`),
      /has (100|25)000 columns, more than the 20000 allowed/,
      1500,
    );
  },
  120_000,
);

test('IDX of a few bytes that promises four billion images of no pixels', async () => {
  const path = join(temporaryFolder(), 'none-images-idx3-ubyte');
  writeFileSync(path, Buffer.from([0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 28]));
  const outcome = await importApart(path, 'none-images-idx3-ubyte');
  expectRefused(outcome, /holds nothing: its header says 4294967295 x 0 x 28/, 400);
}, 60_000);

test('a text longer than JavaScript can hold', async () => {
  const path = join(temporaryFolder(), 'long.txt');
  const file = await open(path, 'w');
  await file.write('a'.repeat(100_000));
  await file.truncate(600e6);
  await file.close();
  expectRefused(await importApart(path, 'long.txt'), /larger than the 512 MB/, 400);
}, 60_000);

test.each([
  ['no JSON', 'a note'],
  ['another form', '{"images": [1]}'],
  ['a shape that is none', '{"images": {"x": [2.5, -1]}}'],
  ['a shape that is not true', '{"images": {"x": [100, 100, 2]}}'],
])('Parquet whose note under our name is %s is read without it', async (_what, note) => {
  const path = await parquet("SELECT 'abcd'::BLOB AS x", `, KV_METADATA {banyan: '${note}'}`);
  expect(await preview(path)).toEqual([{ x: Buffer.from('abcd').toString('base64') }]);
  const out = join(temporaryFolder(), 'out.parquet');
  expect((await importTable([{ path, name: 'noted.parquet' }], out)).rows).toBe(1);
});
