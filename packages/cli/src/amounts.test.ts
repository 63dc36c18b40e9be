import { expect, it } from 'vitest';
import { formatBytes, formatDuration, formatMeasured, formatNumber } from './amounts.ts';
import { table } from './table.ts';

it('writes amounts as people read them', () => {
  expect([0, 999, 1500, 123_456_789, 5e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.5 kB',
    '123 MB',
    '5.0 TB',
  ]);
  expect([0.4, 59, 61, 185, 7800].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '1 min 01 s',
    '3 min 05 s',
    '2 h 10 min',
  ]);
  expect([1, 0.98507, 1.2e-5, 123456].map(formatNumber)).toEqual(['1', '0.9851', '1.200e-5', '123456']);
  expect(formatMeasured({ value: 0.5, low: 0.25, high: 1 })).toBe('0.5 [0.25, 1]');
});

it('aligns text left and numbers right', () => {
  expect(
    table(
      ['name', 'rows'],
      [
        ['a', '5'],
        ['longer', '1200'],
      ],
    ),
  ).toBe('NAME    ROWS\na          5\nlonger  1200');
  expect(table(['name'], [])).toBe('none');
});
