import { join } from 'node:path';
import { expect, test } from 'vitest';
import { preview } from '../preview.ts';
import { temporaryFolder, writeFiles } from '../test-data.ts';
import { importTable } from './import-table.ts';

/** For each cell three columns that would be whole numbers, numbers and texts, but for it in the last row. */
function table(odd: string[], { rows, quote, end }: { rows: number; quote: string; end: string }): string {
  const lines = Array.from({ length: rows }, (_, i) =>
    odd.flatMap(() => [String(i + 1), `${i}.5`, `town ${i % 7}`]),
  );
  const names = odd.flatMap((_, i) => [`whole ${i}`, `number ${i}`, `text ${i}`]);
  const last = odd.flatMap((cell) => [cell, cell, cell]);
  const cells = [...lines, last].map((line) => line.map((one) => `${quote}${one}${quote}`).join(','));
  return [names, ...cells].join(end) + end;
}

async function read(content: string) {
  const out = join(temporaryFolder(), 'table.parquet');
  const { columns, rows } = await importTable(writeFiles({ 'cells.csv': content }), out);
  return {
    types: columns.map(({ type }) => type),
    last: (await preview(out, { offset: rows - 1, limit: 1 }))[0],
  };
}

const odd = [
  ' 1',
  '1 ',
  '\t3',
  '007',
  '+007',
  '-0',
  '0',
  '00.5',
  '1_000',
  '+5',
  '5-',
  '1-2',
  '--1',
  '1e3',
  '1E-3',
  '1e999',
  '0x1F',
  '1.',
  '.5',
  '.',
  '-',
  '--',
  '?',
  '1.5',
  'e5',
  '123456789012345678',
  '1234567890123456789',
  '0.1234567890123456789012345678901234567890123',
  'NaN',
  '-NaN',
  'nan',
  'NA',
  'n/a',
  '#N/A',
  '<NA>',
  'null',
  'none',
  'None',
  'inf',
  '-Infinity',
  '',
  ' ',
  'NA ',
  ' null',
  'true',
  '2020-01-31',
  'no',
  'nano',
  'word ',
  'é',
];

// Within quotes every cell is looked at in all ways; without them most columns are read as they are.
test('odd cells are the same with and without quotes, and whatever the line breaks', async () => {
  const looked = await read(table(odd, { rows: 3, quote: '"', end: '\n' }));
  expect(await read(table(odd, { rows: 3, quote: '', end: '\n' }))).toEqual(looked);
  expect(await read(table(odd, { rows: 3, quote: '', end: '\r\n' }))).toEqual(looked);
});

test.each(['1-2', '1e999', '1.5', '007', ' 8', 'NA', 'word'])(
  'and so is "%s" after so many rows that the types were guessed without it',
  async (cell) => {
    const looked = await read(table([cell], { rows: 20_001, quote: '"', end: '\n' }));
    expect(await read(table([cell], { rows: 20_001, quote: '', end: '\n' }))).toEqual(looked);
  },
);

test('quotes over the pieces in which a file is read, and a last line without its break', async () => {
  // 1 MB of it at a time: rows of 300 kB, with a break and a separator within their quotes.
  const long = `"${'x'.repeat(150_000)},\n${'y'.repeat(150_000)}"`;
  const lines = Array.from({ length: 12 }, (_, i) => `${i},${long}`);
  const { types, last } = await read(`a,b\n${lines.join('\n')}`);
  expect(types).toEqual(['integer', 'text']);
  expect(last).toMatchObject({ a: 11 });
  await expect(read(`a,b\n${lines.join('\n')}\n12,"open`)).rejects.toThrow('line 26 opens a quote');
  await expect(read(`a,b\n${lines.join('\n')}\n12,13,14\n`)).rejects.toThrow(
    'line 26 has 3 fields, the header has 2',
  );
});

test('line breaks of an old Mac, and two kinds in one file', async () => {
  expect(await read('a,b\r1,x\r2,y\r')).toEqual({ types: ['integer', 'text'], last: { a: 2, b: 'y' } });
  await expect(read('a,b\r\n1,x\n2,y\r\n')).rejects.toThrow('save it with one kind of line break');
});
