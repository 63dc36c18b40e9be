import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../images/encode-png.ts';
import { answerQuestion } from '../query/answer.ts';
import type { PageOfRows } from '../query/question.ts';
import { chooseDefault, chooseFiles } from './choose.ts';
import { type ConvertOptions, convert } from './convert.ts';

let home: string;
let made = 0;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-convert-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const png = (grey: number, side = 8) => encodePng(new Uint8Array(side * side).fill(grey), [side, side]);

async function run(files: Record<string, string | Uint8Array>, options: ConvertOptions = {}) {
  const folder = join(home, String(made++));
  const given = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, 'in', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    given.push({ path, name });
  }
  await mkdir(join(folder, 'out'));
  const { parts, problems } = await convert(given, join(folder, 'out'), options);
  return {
    parts,
    problems,
    summary: parts.map(({ config, split, rows }) => `${config}/${split} ${rows}`),
    rows: async (index = 0, answerBytes = 1 << 20) => {
      const { path, rows, features } = parts[index]!;
      const table = { name: 't', files: [{ path, rows }], features };
      const limits = { memoryMb: 256, timeMs: 10_000, answerBytes };
      const question = { ask: 'rows' as const, offset: 0, length: 100 };
      return ((await answerQuestion([table], question, limits, home)) as PageOfRows).rows.map(
        ({ row }) => row,
      );
    },
  };
}

async function parquet(select: string, more = ''): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  const path = join(home, `made-${made++}.parquet`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet${more})`);
  connection.closeSync();
  instance.closeSync();
  return readFile(path);
}

const plan = (names: string[], readme?: string) =>
  chooseFiles(names, readme).splits.map(
    ({ config, split, names: files }) => `${config}/${split}: ${files.join(' ')}`,
  );

describe('which files make which split', () => {
  it.each([
    [['a.csv', 'b.csv'], ['default/train: a.csv b.csv']],
    [
      ['train.csv', 'test.csv', 'dev.csv'],
      ['default/train: train.csv', 'default/validation: dev.csv', 'default/test: test.csv'],
    ],
    [
      ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet'],
      ['default/train: data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet'],
    ],
    [
      ['test/a.png', 'train/b.png'],
      ['default/train: train/b.png', 'default/test: test/a.png'],
    ],
    [
      ['training-ubyte.idx', 't10k-images.idx'],
      ['default/train: training-ubyte.idx', 'default/test: t10k-images.idx'],
    ],
    [['contest.csv', 'trainer.csv'], ['default/train: contest.csv trainer.csv']],
  ])('%j', (names, expected) => expect(plan(names)).toEqual(expected));

  it('as the card says', () => {
    const readme = `---
configs:
- config_name: en
  data_files:
  - split: train
    path: "en/*.csv"
  - split: held_out
    path: ["en/deep/**/x.csv"]
- config_name: de
  data_files: de/*.csv
---
`;
    expect(plan(['en/a.csv', 'en/b.csv', 'en/deep/er/x.csv', 'de/a.csv', 'other.csv'], readme)).toEqual([
      'en/train: en/a.csv en/b.csv',
      'en/held_out: en/deep/er/x.csv',
      'de/train: de/a.csv',
    ]);
    expect(plan(['a.csv'], '---\nconfigs: 7\n---\n')).toEqual(['default/train: a.csv']);
  });

  it.each([
    ['*.csv', ['a.csv', 'b.csv']],
    ['?.csv', ['a.csv', 'b.csv']],
    ['./x/*', ['x/a.csv']],
    ['x/*.csv', ['x/a.csv']],
    ['x/**', ['x/a.csv', 'x/y/a.csv', 'x/y/z/b.csv']],
    ['**/a.csv', ['a.csv', 'x/a.csv', 'x/y/a.csv']],
    ['x/**/*.csv', ['x/a.csv', 'x/y/a.csv', 'x/y/z/b.csv']],
    ['x/**/y/*.csv', ['x/y/a.csv']],
    ['**b**', ['b.csv', 'x/y/z/b.csv']],
    ['x/?/a.csv', ['x/y/a.csv']],
    ['x?a.csv', []],
    ['x/y/z/b.csv', ['x/y/z/b.csv']],
    ['[ab].csv', []],
  ])('%s in a card', (glob, expected) => {
    const names = ['a.csv', 'b.csv', 'x/a.csv', 'x/y/a.csv', 'x/y/z/b.csv'];
    const found = plan(names, `---\nconfigs:\n- config_name: c\n  data_files: "${glob}"\n---\n`);
    expect(found).toEqual(
      expected.length === 0 ? [`default/train: ${names.join(' ')}`] : [`c/train: ${expected.join(' ')}`],
    );
  });

  it('patterns of many stars end at once', () => {
    const readme = `---\nconfigs:\n- config_name: c\n  data_files: "${'*a'.repeat(8)}b"\n---\n`;
    const name = `${'a'.repeat(250)}.csv`;
    expect(plan([name], readme)).toEqual([`default/train: ${name}`]);
  });
});

const chosen = (names: string[], readme?: string) => chooseDefault(names, readme).names;
const card = (files: string) => `---\nconfigs:\n- config_name: x\n  data_files: ${files}\n---\n`;

describe('which files are data', () => {
  it('the kind that most files are; of as many, tables before texts and pictures', () => {
    expect(chosen(['a-note.txt', 'data.csv'])).toEqual(['data.csv']);
    expect(chosen(['data.csv', 'logo.png', 'schema.json.gz', 'more.csv.gz'])).toEqual([
      'data.csv',
      'more.csv.gz',
    ]);
    expect(chosen(['figure.png', 'data.csv'])).toEqual(['data.csv']);
    expect(chosen(['a.txt', 'b.txt', 'index.csv'])).toEqual(['a.txt', 'b.txt']);
    expect(chosen(['x/a.png', 'y/b.png', 'metadata.csv', 'extra.csv'])).toEqual([
      'x/a.png',
      'y/b.png',
      'metadata.csv',
    ]);
  });

  it('not what describes a dataset, nor what no reader is for; but recipes.csv and citations.csv are', () => {
    const beside = [
      'README.md',
      'LICENSE',
      'LICENSE.txt',
      'recipe.yaml',
      'load.py',
      'weights.bin',
      '.x/y.csv',
    ];
    expect(chosen([...beside, 'tokenizer.json', 'config.json', 'recipes.csv'])).toEqual(['recipes.csv']);
    expect(chosen([...beside, 'citations.csv', 'licenses-2020.csv'])).toEqual([
      'citations.csv',
      'licenses-2020.csv',
    ]);
    expect(chosen(['README.md', 'chapter.md'])).toEqual(['chapter.md']);
    expect(chosen(['guide.md', 'data.csv'])).toEqual(['data.csv']);
    const prepared = ['train.parquet', 'fitted.json', 'profile.json'];
    expect(chooseFiles(prepared, undefined)).toMatchObject({
      splits: [{ names: ['train.parquet'] }],
      left: [],
    });
  });

  it('what is left out is told, once, with what to do', () => {
    expect(chooseDefault(['data.csv', 'notes.txt'], undefined).left).toEqual([
      {
        path: 'notes.txt',
        message:
          'is not read: most data files here are CSV; name it under configs in the card if it belongs to the data',
      },
    ]);
    expect(plan(['test-notes.txt', 'train.csv'])).toEqual(['default/train: train.csv']);
  });

  it('as the card says, whatever a file is called', () => {
    const names = ['a.csv', 'b.csv', 'notes.txt', 'LICENSE.txt', 'guide.md'];
    expect(chosen(names, card('notes.txt'))).toEqual(['notes.txt']);
    expect(chosen(names, card('"*.txt"'))).toEqual(['notes.txt', 'LICENSE.txt']);
    expect(chosen(names, card('guide.md'))).toEqual(['guide.md']);
    expect(chosen(names, card('gone.csv'))).toEqual(['a.csv', 'b.csv']);
  });
});

describe('what becomes of', () => {
  it('CSV, TSV, JSON and their gzip, split by name', async () => {
    const { summary, problems, rows } = await run({
      'train.csv': 'a,b\n1,x\n2,y\n',
      'test.csv.gz': gzipSync('a,b\n3,z\n'),
    });
    expect(summary).toEqual(['default/train 2', 'default/test 1']);
    expect(problems).toEqual([]);
    expect(await rows()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
    expect((await run({ 'a.jsonl': '{"a":1}\n{"a":2}\n' })).summary).toEqual(['default/train 2']);
    expect((await run({ 'a.tsv': 'a\tb\n1\t2\n' })).parts[0]?.features).toMatchObject({
      a: { dtype: 'int64' },
    });
  });

  it('Parquet: it stays as it is, with the features that its writer declared', async () => {
    const info = JSON.stringify({ info: { features: { y: { names: ['no', 'yes'], _type: 'ClassLabel' } } } });
    const bytes = await parquet('SELECT 1::BIGINT AS y', `, KV_METADATA {huggingface: '${info}'}`);
    const { parts } = await run({ 'data/train-00000-of-00001.parquet': bytes });
    expect(parts).toMatchObject([
      { given: 'data/train-00000-of-00001.parquet', rows: 1, features: { y: { _type: 'ClassLabel' } } },
    ]);
  });

  it('folders of images: their classes, or the columns of metadata.csv', async () => {
    const classes = await run({
      'train/cat/1.png': png(1),
      'train/dog/2.png': png(2),
      'train/dog/3.png': png(3),
    });
    expect(classes.summary).toEqual(['default/train 3']);
    expect(classes.parts[0]?.features).toEqual({
      image: { _type: 'Image' },
      label: { names: ['cat', 'dog'], _type: 'ClassLabel' },
    });
    expect((await classes.rows())[1]).toMatchObject({ image: { width: 8, height: 8 }, label: 1 });
    const described = await run({
      'a.png': png(1),
      'b.png': png(2),
      'metadata.csv': 'file_name,text\nb.png,second\na.png,first\n',
    });
    expect((await described.rows()).map((row) => row['text'])).toEqual(['first', 'second']);
  });

  it('metadata that say a thing twice, or have an image of their own: a row for each image', async () => {
    const { rows, summary, problems } = await run({
      'a.png': png(1),
      'b.png': png(2),
      'metadata.csv': 'file_name,Image,text\nb.png,x,second\na.png,y,first\na.png,z,again\n',
    });
    expect(summary).toEqual(['default/train 2']);
    expect((await rows()).map((row) => row['text'])).toEqual(['first', 'second']);
    expect(problems).toEqual([
      { path: 'metadata.csv', message: 'describes a.png more than once; the first counts' },
    ]);
  });

  it('IDX images: pictures that every reader knows', async () => {
    const images = Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2]),
      Buffer.alloc(8, 7),
    ]);
    const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]);
    const { rows, parts } = await run({
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
    });
    expect(parts[0]?.features).toMatchObject({ image: { _type: 'Image' }, label: { dtype: 'int64' } });
    const [first] = await rows();
    expect(first).toMatchObject({ image: { width: 2, height: 2 }, label: 5 });
    expect(JSON.stringify(first)).toContain('data:image/png');
  });

  it('IDX images beyond one chunk of a query: none is lost', async () => {
    const images = Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 16, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
      Buffer.alloc(4096, 7),
    ]);
    expect((await run({ 'train-images-idx3-ubyte': images })).summary).toEqual(['default/train 4096']);
  });

  it('one text: its lines; several: a row each', async () => {
    const { rows } = await run({ 'book.txt': '\uFEFFone\r\ntwo\n\nfour' });
    expect(await rows()).toEqual([{ text: 'one' }, { text: 'two' }, { text: '' }, { text: 'four' }]);
    expect((await run({ 'a.txt': 'one\ntwo\n', 'b.txt': 'three\n' })).summary).toEqual(['default/train 2']);
  });

  it('files that cannot be read: told one by one, the others are there', async () => {
    const { summary, problems } = await run({
      'good.csv': 'a,b\n1,2\n',
      'bad.csv': 'a,b\n1,2\n3\n',
      'stray.json': '[{"a": 1}]',
    });
    expect(summary).toEqual(['default/train 1']);
    expect(problems.map(({ path }) => path).sort()).toEqual(['bad.csv', 'stray.json']);
    const beside = await run({ 'train.csv': 'a\n1\n', 'other.csv': 'a\n2\n' });
    expect(beside.problems).toMatchObject([{ path: 'other.csv' }]);
    const torn = await run({ 'train.parquet': new Uint8Array(100), 'test.csv': 'a\n1\n' });
    expect(torn.summary).toEqual(['default/test 1']);
    expect(torn.problems).toMatchObject([{ path: 'train.parquet' }]);
  });
});

describe('bombs', () => {
  it('gzip that unpacks beyond the limit', async () => {
    const { parts, problems } = await run(
      { 'a.csv.gz': gzipSync(Buffer.alloc(5e6, 'a,b\n')) },
      { maxBytes: 1e6 },
    );
    expect(parts).toEqual([]);
    expect(problems[0]?.message).toMatch(/1 MB allowed/);
  });

  it('Parquet whose pages unpack to a thousand times their size', async () => {
    const bomb = await parquet(
      "SELECT repeat('0', 1000000) || i AS x FROM range(300) t(i)",
      ', COMPRESSION zstd, COMPRESSION_LEVEL 19, DICTIONARY_SIZE_LIMIT 1',
    );
    expect(bomb.length).toBeLessThan(300e3);
    const { parts, problems } = await run({ 'a.parquet': bomb });
    expect(parts).toEqual([]);
    expect(problems[0]?.message).toMatch(/decompression bomb/);
  });

  it('images that promise more pixels than a machine has memory, or unpack to more than they promise', async () => {
    const huge = Buffer.from(png(1));
    huge.writeUInt32BE(60_000, 16);
    huge.writeUInt32BE(60_000, 20);
    const { problems } = await run({ 'a.png': huge, 'b.png': png(2) });
    expect(problems).toMatchObject([{ path: 'a.png', message: expect.stringContaining('60000 x 60000') }]);

    const data = deflateSync(Buffer.alloc(200e6));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const lying = Buffer.concat([
      png(1).subarray(0, 33),
      length,
      Buffer.from('IDAT'),
      data,
      Buffer.alloc(4),
      png(1).subarray(-12),
    ]);
    const { rows } = await run({ 'a.png': lying, 'b.png': png(3) });
    const before = process.memoryUsage().rss;
    expect((await rows(0, 1 << 17))[0]?.['image']).toMatchObject({ type: 'image', width: 8 });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});
