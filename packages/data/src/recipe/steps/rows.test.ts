import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepare } from '../../prepare.ts';
import { rawRows } from '../../prepared.ts';
import type { Row } from '../../preview.ts';
import { temporaryFolder, writeFiles } from '../../test-data.ts';
import { parseRecipe } from '../parse.ts';

async function prepared(rows: readonly object[], recipe: string) {
  const dir = join(temporaryFolder(), 'out');
  const files = writeFiles({ 'rows.json': JSON.stringify(rows) });
  const fitted = await prepare({ files, recipe: parseRecipe(recipe), seed: 4, outDir: dir });
  return { fitted, split: (name: 'train' | 'valid' | 'test') => rawRows(dir, name) };
}

const counts = (rows: readonly Row[], name: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(rows, (row) => JSON.stringify(row[name]).replaceAll('"', ''))).map(
      ([key, list]) => [key, list!.length],
    ),
  );

const classes = Array.from({ length: 100 }, (_, i) => ({ x: i, y: i % 10 === 0 ? 'rare' : 'usual' }));

test.each([
  ['oversample', { rare: 63, usual: 63 }],
  ['undersample', { rare: 7, usual: 7 }],
])('balance: %s evens out the training split alone', async (method, expected) => {
  const { fitted, split } = await prepared(
    classes,
    `target: y\nsteps: [ balance: { method: ${method} } ]\nsplit: { method: stratified }`,
  );
  const train = await split('train');
  expect(counts(train, 'y')).toEqual(expected);
  expect(counts(await split('test'), 'y')).toEqual({ rare: 2, usual: 18 });
  expect(fitted.splits.train).toBe(train.length);
  const test = new Set((await split('test')).map(({ x }) => x));
  expect(train.filter(({ x }) => test.has(x))).toEqual([]);
});

test('balance: weights leaves the rows as they are and says what each class counts', async () => {
  const { fitted, split } = await prepared(
    classes,
    'target: y\nsteps: [ balance: { method: weights } ]\nsplit: { method: stratified }',
  );
  expect(counts(await split('train'), 'y')).toEqual({ rare: 7, usual: 63 });
  expect(fitted.target).toMatchObject({ labels: ['rare', 'usual'], weights: [70 / 14, 70 / 126] });
  await expect(prepared(classes, 'target: x\nsteps: [ balance: { method: weights } ]')).rejects.toThrow(
    'balance needs a class to predict',
  );
});

test('balance: columns may be called what they will', async () => {
  const rows = classes.map((row) => ({ ...row, place: 3, row: 1, n: 2 }));
  const { split } = await prepared(
    rows,
    'target: y\nsteps: [ balance: { method: oversample } ]\nsplit: { method: stratified }',
  );
  expect(counts(await split('train'), 'y')).toEqual({ rare: 63, usual: 63 });
});

test('balance: weights counts after another balance too', async () => {
  const { fitted } = await prepared(
    classes,
    'target: y\nsteps: [ balance: { method: undersample }, balance: { method: weights } ]\nsplit: { method: stratified }',
  );
  expect(fitted.target).toMatchObject({ weights: [1, 1] });
});

test('a class for nearly every row is refused', async () => {
  const names = Array.from({ length: 3000 }, (_, i) => ({ x: i, y: `n${i}` }));
  await expect(prepared(names, 'target: y')).rejects.toThrow('"y" has more than 1000 different values');
});

test('balance needs classes, and no step that would meet its own copies', async () => {
  const rows = classes.map((row) => ({ ...row, k: row.y }));
  await expect(prepared(rows, 'target: x\nsteps: [ balance: { method: oversample } ]')).rejects.toThrow(
    'balance needs a class to predict',
  );
  await expect(
    prepared(
      rows,
      'target: y\nsteps: [ balance: { method: oversample }, encode: { columns: k, method: target } ]',
    ),
  ).rejects.toThrow('take undersample');
});

const words = [
  'sea',
  'town',
  'rain',
  'whale',
  'captain',
  'harbour',
  'light',
  'wind',
  'salt',
  'rope',
  'mast',
  'oar',
];
/** Sixty words that differ from text to text. */
const essay = (seed: number): string[] =>
  Array.from(
    { length: 60 },
    (_, i) => words[(i * i * (seed + 3) + i * seed + (seed >> (i % 5))) % words.length]! + ((i * seed) % 17),
  );

test('texts that are nearly the same are dropped but for the first, in whatever case and marks', async () => {
  const originals = Array.from({ length: 40 }, (_, i) => essay(i + 1));
  const texts = [
    ...originals.map((text) => text.join(' ')),
    // A word changed in 60 leaves 55 of 61 shingles; a third of the words leaves few.
    ...originals.slice(0, 10).map((text) => text.with(30, 'changed').join(', ').toUpperCase()),
    ...originals
      .slice(0, 10)
      .map((text) => text.map((word, i) => (i % 3 === 0 ? `new${word}` : word)).join(' ')),
    originals[0]!.join(' '),
  ];
  const { fitted, split } = await prepared(
    texts.map((text, i) => ({ text, i, y: i % 7 })),
    `target: y
task: regression
steps:
  - drop-near-duplicates: { column: text }
  - select: { columns: i }`,
  );
  const kept = (await Promise.all((['train', 'valid', 'test'] as const).map(split))).flat();
  const places = kept.map(({ i }) => Number(i)).sort((a, b) => a - b);
  expect(places).toEqual([
    ...Array.from({ length: 40 }, (_, i) => i),
    ...Array.from({ length: 10 }, (_, i) => 50 + i),
  ]);
  expect(fitted.dropped).toBe(11);
  expect(fitted.notes).toContain('11 rows dropped: "text" is nearly the same as in an earlier row');
});

const sample = async () =>
  (await (await prepared(classes, 'target: y\nsteps: [ sample: { rows: 20 } ]')).split('train')).map(
    ({ x }) => x,
  );

test('a sample is the same rows for the same seed', async () => {
  expect(await sample()).toEqual(await sample());
  expect((await sample()).length).toBe(14);
});
