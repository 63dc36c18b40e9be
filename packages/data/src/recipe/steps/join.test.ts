import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importTable } from '../../import/import-table.ts';
import { type PrepareOptions, prepare } from '../../prepare.ts';
import { loadFitted, rawRows } from '../../prepared.ts';
import { temporaryFolder, writeFiles } from '../../test-data.ts';
import { parseRecipe } from '../parse.ts';

const farms = Array.from({ length: 60 }, (_, i) => ({
  field: i,
  soil: `S${i % 4}`,
  year: 2000 + (i % 3),
  yield: i * 2,
}));
const soils = [
  { id: 'S0', clay: 10, kind: 'sand' },
  { id: 'S1', clay: 20, kind: 'loam' },
  { id: 'S2', clay: 30, kind: 'clay' },
];

async function joined(step: string, other: readonly object[], rows: readonly object[] = farms, more = '') {
  const files = writeFiles({ 'rows.json': JSON.stringify(rows) });
  const joins: PrepareOptions['joins'] = new Map([
    ['soil/survey@main', writeFiles({ 'other.json': JSON.stringify(other) })],
  ]);
  const recipe = parseRecipe(
    `target: yield\ntask: regression\nsteps:\n  - join: { dataset: soil/survey, ${step} }\n  - impute: {}\n  - encode: {}\n${more}`,
  );
  const outDir = join(temporaryFolder(), 'out');
  const fitted = await prepare({ files, joins, recipe, seed: 1, outDir });
  const all = await Promise.all((['train', 'valid', 'test'] as const).map((split) => rawRows(outDir, split)));
  return { fitted, rows: all.flat().sort((a, b) => Number(a['field']) - Number(b['field'])), outDir };
}

test('a left join brings raw columns, and keeps rows that match nothing', async () => {
  const { fitted, rows } = await joined('on: { soil: id }', soils);
  expect(rows).toHaveLength(60);
  expect(rows.slice(0, 4)).toMatchObject([
    { field: 0, soil: 'S0', clay: 10, kind: 'sand' },
    { field: 1, clay: 20, kind: 'loam' },
    { field: 2, clay: 30, kind: 'clay' },
    { field: 3, soil: 'S3', clay: null, kind: null },
  ]);
  expect(fitted.columns.map(({ name }) => name)).toEqual(['field', 'soil', 'year', 'clay', 'kind']);
  expect(fitted.notes.join('\n')).toContain(
    '"clay", "kind" were joined from soil/survey (main); a served row must bring them',
  );
  expect(fitted.notes.join('\n')).toContain('15 of 60 rows match none of soil/survey');
});

test('an inner join leaves them out; columns are chosen and named apart', async () => {
  const { rows, fitted } = await joined(
    'on: { soil: id }, how: inner, columns: [clay, id], prefix: soil_',
    soils,
  );
  expect(rows).toHaveLength(45);
  expect(rows[0]).toMatchObject({ soil_clay: 10, soil_id: 'S0' });
  expect(fitted.notes.join('\n')).toContain('15 of 60 rows match none of soil/survey and are left out');
});

test('several keys join together, and a repeated key repeats the row and says so', async () => {
  const weather = [
    { soil: 'S0', year: 2000, rain: 1 },
    { soil: 'S0', year: 2000, rain: 2 },
    { soil: 'S0', year: 2001, rain: 3 },
  ];
  const { rows, fitted } = await joined('on: [soil, year], how: inner', weather);
  // Of 60 fields every twelfth has S0 in 2000, and another twelfth S0 in 2001.
  expect(rows).toHaveLength(5 * 2 + 5);
  expect(rows.filter(({ field }) => field === 0).map(({ rain }) => rain)).toEqual(
    expect.arrayContaining([1, 2]),
  );
  expect(fitted.notes.join('\n')).toContain('10 rows became 15; split by group');
});

test('columns may be called what they will: rows keep their order, and match by the keys alone', async () => {
  const rows = farms.map((row, i) => ({ ...row, place: 60 - i, k0: 'S0' }));
  const other = soils.map((soil, i) => ({ ...soil, there: i }));
  const found = await joined('on: { soil: id }', other, rows);
  expect(found.rows.slice(0, 3)).toMatchObject([{ clay: 10 }, { clay: 20 }, { clay: 30 }]);
  // By time, and so by the order of the rows, the first ones train.
  const { outDir } = await joined('on: { soil: id }', other, rows, 'split: { method: time }');
  expect((await rawRows(outDir, 'train')).map(({ field }) => field)).toEqual(
    Array.from({ length: 42 }, (_, i) => i),
  );
});

test('keys of two types are compared once the recipe says as what', async () => {
  const other = soils.map((soil, i) => ({ ...soil, id: `${i}` }));
  const rows = farms.map((row, i) => ({ ...row, soil: i % 3 }));
  const text = other.map((soil) => ({ ...soil, id: soil.id === '2' ? 'two' : soil.id }));
  await expect(joined('on: { soil: id }', text, rows)).rejects.toThrow(
    /"soil" is a column of type integer here, and "id" of type text in soil\/survey; add cast: text/,
  );
  const found = await joined('on: { soil: id }, cast: text, how: inner', text, rows);
  expect(found.rows).toHaveLength(40);
  expect((await joined('on: { soil: id }, cast: number, how: inner', text, rows)).rows).toHaveLength(40);
});

test('Parquet files join where they lie, to the same bytes each time', async () => {
  const folder = temporaryFolder();
  const [rows, other] = [join(folder, 'farms.parquet'), join(folder, 'soils.parquet')];
  await importTable(writeFiles({ 'rows.json': JSON.stringify(farms) }), rows);
  await importTable(writeFiles({ 'other.json': JSON.stringify(soils) }), other);
  const recipe = parseRecipe(
    'target: yield\ntask: regression\nsteps: [ join: { dataset: a/b, on: { soil: id }, how: inner }, encode: {} ]',
  );
  const bytes = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const outDir = join(folder, name);
      const files = [{ path: rows, name: 'farms.parquet' }];
      const joins = new Map([['a/b@main', [{ path: other, name: 'soils.parquet' }]]]);
      expect((await prepare({ files, joins, recipe, seed: 1, outDir })).splits.train).toBe(32);
      return readFile(join(outDir, 'train.parquet'));
    }),
  );
  expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true);
});

test.each([
  ['on: soyl', soils, 'join: there is no column "soyl"; did you mean "soil"?'],
  ['on: { soil: ident }', soils, 'join: in soil/survey there is no column "ident"'],
  [
    'on: { soil: id }, columns: cley',
    soils,
    'in soil/survey there is no column "cley"; did you mean "clay"?',
  ],
  ['on: { soil: id }', [{ id: 'S0', Year: 1 }], 'there is a column "Year" on both sides; give prefix'],
  [
    'on: { soil: id }',
    [{ id: 's0', x: 1 }],
    'no row matches one of soil/survey; the keys here are like "S0", there like "s0"',
  ],
  ['on: { soil: id }', [{ id: 'S0' }], 'no columns but its keys'],
  [
    'on: { soil: id }',
    Array.from({ length: 60 }, (_, x) => ({ id: 'S1', x })),
    'would make 945; "S1" stands in 15 rows here and in 60 there',
  ],
])('refuses %s', async (step, other, message) => {
  await expect(joined(step, other)).rejects.toThrow(message);
});

test('a join comes first, and needs its files', async () => {
  expect(() => parseRecipe('target: y\nsteps: [ impute: {}, join: { dataset: a/b, on: x } ]')).toThrow(
    'steps[2].join must come before all other steps',
  );
  const files = writeFiles({ 'rows.json': JSON.stringify(farms) });
  const recipe = parseRecipe('target: yield\nsteps: [ join: { dataset: a/b, on: soil } ]');
  await expect(prepare({ files, recipe, seed: 1, outDir: join(temporaryFolder(), 'out') })).rejects.toThrow(
    'the files of a/b@main were not given',
  );
});

test('what was joined is remembered with its version', async () => {
  const { outDir } = await joined('on: { soil: id }', soils);
  const { recipe } = await loadFitted(outDir);
  expect(recipe.steps[0]).toEqual({
    join: { dataset: 'soil/survey', revision: 'main', how: 'left', on: { soil: 'id' }, columns: '*' },
  });
});
