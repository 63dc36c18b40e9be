import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { expect, test } from 'vitest';
import type { Fitted } from '../../fitted.ts';
import { prepare } from '../../prepare.ts';
import { loadSplit, rawRows } from '../../prepared.ts';
import { temporaryFolder, writeFiles } from '../../test-data.ts';
import { parseRecipe } from '../parse.ts';

type Rows = readonly Record<string, unknown>[];

async function prepared(rows: Rows, recipe: string, seed = 1): Promise<{ fitted: Fitted; dir: string }> {
  const dir = join(temporaryFolder(), 'out');
  const files = writeFiles({ 'rows.json': JSON.stringify(rows) });
  return { fitted: await prepare({ files, recipe: parseRecipe(recipe), seed, outDir: dir }), dir };
}

/** Features by name, of the training rows. */
async function features(rows: Rows, recipe: string): Promise<Record<string, number[]>> {
  const { fitted, dir } = await prepared(rows, recipe);
  const { x, rows: count } = await loadSplit(dir, 'train');
  const width = fitted.features.length;
  return Object.fromEntries(
    fitted.features.map(({ name }, at) => [
      name,
      Array.from({ length: count }, (_, row) => Number(Number(x[row * width + at]).toPrecision(6))),
    ]),
  );
}

const whole = 'split: { train: 1, valid: 0, test: 0 }';
const numbered = <T extends object>(rows: readonly T[]) => rows.map((row, i) => ({ ...row, y: i / 7 }));

const reading = (otherwise: string) => `target: y
steps:
  - rename: { columns: { size: height } }
  - cast: { columns: height, to: number, otherwise: ${otherwise} }
  - cast: { columns: ok, to: boolean }
  - parse-dates: { columns: day, formats: "%d.%m.%Y" }
  - parse-units: { columns: far, to: m }
  - impute: { numbers: { constant: -1 } }
${whole}`;

test('columns are renamed, cast and read, and what does not read is missing, or dropped, or refused', async () => {
  const rows = numbered([
    { size: '12', ok: 'yes', day: '29.02.2012', far: '3.2 km' },
    { size: 'big', ok: 'No', day: '30.02.2012', far: '150m' },
    { size: '1e2', ok: 'TRUE', day: '1.3.1999', far: '2 mi' },
    { size: '-3.5', ok: '?', day: '31.12.1969', far: '12' },
  ]);
  expect(await features(rows, reading('missing'))).toEqual({
    height: [12, -1, 100, -3.5],
    ok: [1, 0, 1, -1],
    day: [15_399, -1, 10_651, -1],
    far: [3200, 150, 3218.69, 12],
  });
  expect((await features(rows, reading('drop')))['height']).toEqual([12, 100, -3.5]);
  await expect(features(rows, reading('error'))).rejects.toThrow(
    'cast: "height" is not a number in 1 row, such as "big"',
  );
  const { fitted, dir } = await prepared(rows, reading('missing'));
  expect(fitted.notes).toContain(
    '"day" is not a date in 1 row, such as "30.02.2012", which count as missing',
  );
  expect(Object.keys((await rawRows(dir, 'train'))[0]!)).toContain('size');
});

const filling = (numbers: string) => `target: y
steps:
  - flag-missing: {}
  - impute: { columns: x, numbers: ${numbers}, by: g }
  - select: { columns: [x, x is missing] }
${whole}`;

test('gaps are flagged, and filled with what their group shows', async () => {
  const rows = numbered([
    { g: 'a', x: 1 },
    { g: 'a', x: 3 },
    { g: 'b', x: 10 },
    { g: 'a', x: null },
    { g: null, x: null },
    { g: 'b', x: null },
  ]);
  expect(await features(rows, filling('mean'))).toEqual({
    x: [1, 3, 10, 2, 4.66667, 10],
    'x is missing': [0, 0, 0, 1, 1, 1],
  });
  expect((await features(rows, filling('mode')))['x']).toEqual([1, 3, 10, 1, 1, 10]);
});

test('numbers are scaled by robust measures, quantiles, logarithms and powers, and put into bins', async () => {
  const rows = numbered([1, 2, 3, 4, 100].map((x) => ({ x, a: x, b: x, c: x, d: x, e: x, f: x })));
  const found = await features(
    rows,
    `target: y
steps:
  - scale: { columns: x, method: robust }
  - scale: { columns: a, method: uniform, quantiles: 4 }
  - scale: { columns: b, method: normal, quantiles: 4 }
  - scale: { columns: c, method: log }
  - bin: { columns: d, method: width, bins: 3 }
  - bin: { columns: e, edges: [2, 3.5] }
  - scale: { columns: f, method: power }
${whole}`,
  );
  expect(found).toMatchObject({
    x: [-1, -0.5, 0, 0.5, 48.5],
    a: [0, 0.25, 0.5, 0.75, 1],
    b: [-1.15035, -0.67449, 0, 0.67449, 1.15035],
    c: [1, 2, 3, 4, 100].map((x) => Number(Math.log(x).toPrecision(6))),
    d: [0, 0, 0, 0, 2],
    e: [0, 1, 1, 2, 2],
  });
  // As scikit-learn 1's PowerTransformer has them, whose lambda is -0.71786; ours goes by hundredths.
  const theirs = [-1.33488882, -0.51930316, -0.06888163, 0.22175801, 1.7013156];
  for (const [i, x] of theirs.entries()) expect(Math.abs(found['f']![i]! - x)).toBeLessThan(0.01);
});

test('categories: the rarest are one, hashes share buckets, bins have names', async () => {
  const rows = numbered(['a', 'a', 'a', 'b', 'b', 'c', 'd'].map((k, i) => ({ k, h: k, n: i })));
  const found = await features(
    rows,
    `target: y
steps:
  - bin: { columns: n, edges: [3] }
  - encode: { columns: n }
  - encode: { columns: k, most: 3 }
  - encode: { columns: h, method: hash, buckets: 2 }
${whole}`,
  );
  expect(found).toMatchObject({
    'n=below 3': [1, 1, 1, 0, 0, 0, 0],
    'n=from 3': [0, 0, 0, 1, 1, 1, 1],
    'k=a': [1, 1, 1, 0, 0, 0, 0],
    'k=b': [0, 0, 0, 1, 1, 0, 0],
    'k=other': [0, 0, 0, 0, 0, 1, 1],
    'h=unseen': [0, 0, 0, 0, 0, 0, 0],
  });
  expect(found['h=bucket 0']!.map((one, i) => one + found['h=bucket 1']![i]!)).toEqual(rows.map(() => 1));
});

test('a category as the mean of the target: a training row never sees its own', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    k: i % 2 ? 'odd' : 'even',
    y: i === 0 ? 1000 : i % 2,
  }));
  const recipe = `task: regression
target: y
steps:
  - encode: { columns: k, method: target, folds: 4, smoothing: 0 }
${whole}`;
  const { fitted, dir } = await prepared(rows, recipe);
  const { x } = await loadSplit(dir, 'train');
  // The full fit holds the outlier; the row that is the outlier was encoded without it.
  expect(fitted.columns[0]!.steps[0]).toMatchObject({
    categories: ['even', 'odd'],
    values: [50, 1],
    otherwise: 25.5,
  });
  expect(x[0]).toBe(0);
  expect(Math.max(...x)).toBeGreaterThan(50);
  await expect(
    prepared(rows, recipe.replace(whole, `  - derive: { name: z, as: k + 1 }\n${whole}`)),
  ).rejects.toThrow('derive: "k" is encoded by the target; derive before that');
});

test('of three labels each has its own mean', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ k: `k${i % 2}`, y: ['p', 'q', 'r'][i % 3] }));
  const found = await features(
    rows,
    `target: y\nsteps: [ encode: { columns: k, method: target, smoothing: 1 } ]\n${whole}`,
  );
  expect(Object.keys(found)).toEqual(['k for p', 'k for q', 'k for r']);
});

/** Every step that measures something, at once. */
const everyFit = `target: y
steps:
  - flag-missing: {}
  - impute: { columns: a, by: k }
  - impute: { columns: b, numbers: mode }
  - derive: { name: ab, as: "a * 2 + coalesce(b, 0)" }
  - outliers: { columns: ab }
  - scale: { columns: a, method: power }
  - scale: { columns: b, method: normal }
  - scale: { columns: ab, method: robust }
  - bin: { columns: c, bins: 5 }
  - encode: { columns: c }
  - encode: { columns: k, method: target }
  - encode: { columns: m, rare: 5 }
  - encode: { columns: n, method: hash }`;

const sample = (random: () => number) =>
  Array.from({ length: 300 }, (_, i) => ({
    a: i % 11 === 0 ? null : random() * 10,
    b: i % 7 === 0 ? null : Math.round(random() * 5),
    c: random(),
    k: `k${Math.floor(random() * 6)}`,
    m: `m${Math.floor(random() * 30)}`,
    n: `n${Math.floor(random() * 50)}`,
    y: random(),
  }));

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('what is fitted depends on the training rows alone, and the same seed gives the same bytes', async () => {
  const rows = sample(generator(3));
  // In time's order the last rows are the test split.
  const recipe = `${everyFit}\nsplit: { method: time }`;
  const first = await prepared(rows, recipe);
  const changed = rows.map((row, i) =>
    i < 240 ? row : { ...row, a: 1e6, b: 77, c: -50, k: 'new', m: 'new', n: 'new', y: -9 },
  );
  const second = await prepared(changed, recipe);
  expect(second.fitted.columns).toEqual(first.fitted.columns);
  expect(second.fitted.target).toEqual(first.fitted.target);
  const again = await prepared(rows, recipe);
  for (const file of ['train.parquet', 'test.parquet', 'fitted.json'])
    expect(await readFile(join(again.dir, file))).toEqual(await readFile(join(first.dir, file)));
  const other = await prepared(rows, recipe, 2);
  expect(other.fitted.columns).not.toEqual(first.fitted.columns);
});

test.each([
  ['rename: { columns: { a: b } }', 'rename: there is a column "b" already'],
  ['derive: { name: a, as: "1 + b" }', 'derive: there is a column "a" already'],
  ['derive: { name: z, as: "y + 1" }', 'derive: "y" is the target'],
  ['derive: { name: z, as: "aa + 1" }', 'there is no column "aa"'],
  ['parse-units: { columns: k, to: kmm }', 'parse-units: the unit "kmm" is not known; did you mean'],
  ['parse-dates: { columns: k, formats: "%d.%m" }', 'needs %Y and one of %m'],
  ['impute: { columns: a, by: b }', 'impute: "b" is not a category'],
  ['encode: { columns: k, buckets: 3 }', 'belongs to method: hash'],
  ['encode: { columns: a, method: cycles }', 'is a number and no date'],
  ['bin: { columns: a, edges: [2, 1] }', 'edges must ascend'],
  ['scale: { columns: a, method: half }', 'must be standard, min-max, robust'],
])('%s is refused with a reason', async (step, message) => {
  await expect(prepared(sample(generator(1)), `target: y\nsteps: [ ${step} ]`)).rejects.toThrow(message);
});

const weeks = Array.from({ length: 60 }, (_, t) => ({ t, x: t % 7, kind: `k${t % 2}`, y: t / 3 }));
const windowed = (target: string, more: string) =>
  `target: ${target}\nsteps: [ encode: {}, window: { length: 3, horizon: 0, order: t${more} } ]\nsplit: { method: time }`;

test("the target of a window's own last row is none of its features", async () => {
  const { fitted } = await prepared(weeks, windowed('kind', ''));
  expect(fitted).toMatchObject({ task: 'classification', features: [{ name: 'x' }, { name: 'y' }] });
  expect((await prepared(weeks, windowed('y', ''))).fitted.task).toBe('regression');
  await expect(prepared(weeks, windowed('y', ', columns: [x, y]'))).rejects.toThrow(
    'the target "y" would stand in its own window',
  );
  await expect(prepared(weeks, `task: forecast\n${windowed('y', '')}`)).rejects.toThrow(
    'a forecast looks ahead',
  );
});

const byMonths = (more: string) =>
  `target: y\nsteps: [ parse-dates: { columns: day }, ${more}, encode: { columns: day, method: cycles, of: month } ]\n${whole}`;

test('a date that was scaled has no months any more', async () => {
  const rows = numbered(Array.from({ length: 9 }, (_, i) => ({ day: `2024-0${i + 1}-15`, n: i })));
  await expect(prepared(rows, byMonths('scale: { columns: day }'))).rejects.toThrow('no date any more');
  const found = await features(rows, byMonths('impute: { columns: day }'));
  expect(found['day sin month']!.slice(0, 4)).toEqual([0, 0.5, 0.866025, 1]);
});

test('a class that is not a number is missing, however Parquet writes that', async () => {
  const path = join(temporaryFolder(), 'classes.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT range AS x, CASE range % 5 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN 'inf'::DOUBLE ELSE range % 2 END AS y
     FROM range(100)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const recipe = parseRecipe('target: y\ntask: classification');
  const files = [{ path, name: 'classes.parquet' }];
  const fitted = await prepare({ files, recipe, seed: 1, outDir: join(temporaryFolder(), 'out') });
  expect(fitted).toMatchObject({ target: { labels: ['0', '1'] }, dropped: 40 });
});

test('categories are written one way; what training has not seen stays', async () => {
  const rows = numbered(
    ['Zürich', 'ZÜRICH ', 'zu\u0308rich', '<b>Bern</b>', 'bern', 'see https://a.b/c now'].map((k) => ({ k })),
  );
  const found = await features(
    rows,
    `target: y
steps:
  - normalize-text: { columns: k, html: strip, urls: LINK, accents: strip }
  - encode: {}
${whole}`,
  );
  expect(found).toEqual({
    'k=bern': [0, 0, 0, 1, 1, 0],
    'k=see link now': [0, 0, 0, 0, 0, 1],
    'k=zurich': [1, 1, 1, 0, 0, 0],
  });
});

const writing = (more: string) => `target: y
steps:
  - normalize-text: { columns: text, urls: www, mails: mail, numbers: "0"${more} }
  - tokenize: { column: text, length: 16, vocabulary: 300 }`;

test('texts to classify: how they are written is part of their tokenizer', async () => {
  const texts = ['Größe bei www.x.de kaufen', 'größe mail a@b.de 12', 'klein bei www.y.de', 'KLEIN 3,5 kg'];
  const rows = Array.from({ length: 40 }, (_, i) => ({
    text: texts[i % 4],
    y: i % 4 < 2 ? 'big' : 'small',
    i,
  }));
  const { fitted } = await prepared(rows, writing(''));
  expect(fitted.tokenizer!.normalizer).toMatchObject({
    type: 'Sequence',
    normalizers: [{ type: 'NFKC' }, {}, {}, {}, { type: 'BertNormalizer', strip_accents: false }],
  });
  const words = Object.keys(fitted.tokenizer!.model.vocab);
  expect(words).toContain('größe');
  expect(words.filter((word) => /[1-9@A-Z]/.test(word) && !word.startsWith('['))).toEqual([]);
});

test('html is stripped before words are cut, from training on: a tag with spaces is no word', async () => {
  const texts = [
    '<p class="a b">small ship</p>',
    'a<br />boat',
    '<a href="x y">tall</a> ship',
    '<b>old</b> boat',
  ];
  const rows = Array.from({ length: 40 }, (_, i) => ({ text: texts[i % 4], y: i % 2 ? 'b' : 's', i }));
  const { fitted, dir } = await prepared(rows, writing(', html: strip'));
  const tokenizer = fitted.tokenizer!;
  expect(Object.keys(tokenizer.model.vocab).filter((word) => /class|href|[<>=]/.test(word))).toEqual([]);
  const theirs = new HuggingFaceTokenizer(tokenizer, {});
  const { x } = await loadSplit(dir, 'test');
  for (const [row, { text }] of (await rawRows(dir, 'test')).entries()) {
    const ids = Array.from(x.subarray(row * 16, (row + 1) * 16)).filter((id) => id !== fitted.special!.pad);
    const raw = typeof text === 'string' ? text : '';
    expect(ids).toEqual(theirs.encode(raw).ids);
    expect(ids).toEqual(theirs.encode(raw.replace(/<[^<>]*>/g, ' ')).ids);
  }
});
