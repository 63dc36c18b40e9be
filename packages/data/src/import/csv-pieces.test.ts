import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import { writeFiles } from '../test-data.ts';
import { scanCsv } from './csv-pieces.ts';
import { missing } from './infer.ts';

const good = (row: number): string => `${row},x,y`;

/** A scan in so many pieces, and how many there were in the end. */
async function scan(content: string | Buffer, threads: number) {
  const [file] = writeFiles({ 'table.csv': content });
  let pieces = 0;
  const options = { hasHeader: true, missing, threads, leastBytes: 100, onRead: () => pieces++ };
  const found = await scanCsv(file!, ',', 3, options).catch((error: Error) => error.message);
  return { found, pieces };
}

const rows = (count: number, cells: (row: number) => string): string =>
  `a,b,c\n${Array.from({ length: count }, (_, row) => cells(row)).join('\n')}\n`;

test('pieces beside one another find what one finds', async () => {
  const table = rows(400, (row) => `${row},${row / 2},town ${row % 3}`);
  const whole = await scan(table, 1);
  expect(whole.found).toMatchObject({ records: 401, breaksInQuotes: false, hasMixedBreaks: false });
  expect(await scan(table, 3)).toEqual({ found: whole.found, pieces: 3 });
  expect(whole.pieces).toBe(1);
  // What only one of the pieces has counts for all.
  for (const odd of [5, 200, 395]) {
    const spoilt = rows(400, (row) => (row === odd ? 'no,"NA",word ' : `${row},${row / 2},town ${row % 3}`));
    const found = (await scan(spoilt, 3)).found;
    expect(found).toEqual((await scan(spoilt, 1)).found);
    expect(found).not.toEqual(whole.found);
  }
  const windows = table.replaceAll('\n', '\r\n');
  expect(await scan(windows, 3)).toEqual({ found: (await scan(windows, 1)).found, pieces: 3 });
  const mixed = `${windows}1,2,3\n`;
  expect((await scan(mixed, 3)).found).toMatchObject({ hasMixedBreaks: true, plain: [] });
});

test('a piece that begins within quotes is found out, whatever its lines look like', async () => {
  // Within the quotes are lines of three fields, as outside of them.
  const inner = rows(300, (row) => `${row},x,y`);
  const table = `a,b,c\n1,"${inner}",3\n4,5,6\n`;
  const whole = (await scan(table, 1)).found;
  expect(whole).toMatchObject({ records: 3, breaksInQuotes: true });
  expect((await scan(table, 2)).found).toEqual(whole);
  expect((await scan(table, 7)).found).toEqual(whole);
});

test('faults are told with the line of the whole file', async () => {
  for (const [odd, message] of [
    ['1,2', 'line 352 has 2 fields, the header has 3'],
    ['1,"2,3', 'line 352 opens a quote'],
  ] as const)
    for (const threads of [1, 2, 5])
      expect(
        (
          await scan(
            rows(400, (row) => (row === 350 ? odd : good(row))),
            threads,
          )
        ).found,
      ).toContain(message);
  const latin = Buffer.from(
    rows(400, (row) => (row === 350 ? '1,caf\u00e9,3' : good(row))),
    'latin1',
  );
  expect((await scan(latin, 3)).found).toContain('is not written in UTF-8');
});

test('tables at random, with quotes, breaks in them and blank lines', async () => {
  const random = createRandom('pieces of a table');
  const cells = [
    '1',
    '2.5',
    'x',
    '',
    ' y',
    '"q"',
    '"a,b"',
    '"two\nlines"',
    '"""',
    '"he said ""no"""',
    'in"side',
    '007',
  ];
  for (let table = 0; table < 12; table++) {
    const breaks = 60 + random.integer(400);
    let text = 'a,b,c\n';
    for (let row = 0; row < breaks; row++) {
      const kinds = random.integer(table % 4 === 0 ? 9 : 4) === 8 ? cells.length : 8;
      const line = Array.from({ length: 3 }, () => cells[random.integer(kinds)]!).join(',');
      text += random.integer(30) === 0 ? '\n' : `${line}\n`;
    }
    expect((await scan(text, 4)).found, text).toEqual((await scan(text, 1)).found);
  }
});

test('a scan in pieces ends when it is told to', async () => {
  const [file] = writeFiles({ 'table.csv': rows(400, good) });
  const options = { hasHeader: true, missing, threads: 3, leastBytes: 100 };
  const stop = new AbortController();
  const scanned = scanCsv(file!, ',', 3, { ...options, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(scanned).rejects.toThrow('enough');
  await expect(scanCsv(file!, ',', 3, { ...options, signal: stop.signal })).rejects.toThrow('enough');
});
