import { expect, test } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatMetric,
  formatNumber,
  formatPercent,
  formatRelative,
  plural,
  slugOf,
} from './format.ts';

test.each([
  [0, '0'],
  [344, '344'],
  [1_234_567, '1,234,567'],
  [0.12345678, '0.1235'],
  [-3.5, '−3.5'],
  [0.00001234, '1.23 × 10⁻⁵'],
  [Number.NaN, 'not a number'],
  [-Infinity, '−∞'],
])('formatNumber(%s) is %s', (value, text) => expect(formatNumber(value)).toBe(text));

test('metrics keep three decimals so that columns line up', () => {
  expect(formatMetric(0.98)).toBe('0.980');
  expect(formatMetric(-1.5)).toBe('−1.500');
  expect(formatMetric(20_000)).toBe('20,000');
});

test('a percentage never rounds to certainty', () => {
  expect(formatPercent(0.5)).toBe('50.0 %');
  expect(formatPercent(0.00001)).toBe('<0.1 %');
  expect(formatPercent(0.9997)).toBe('99.97 %');
  expect(formatPercent(1)).toBe('100.0 %');
});

test('sizes use decimal units and carry over at the boundary', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(999)).toBe('999 B');
  expect(formatBytes(999_600)).toBe('1.00 MB');
  expect(formatBytes(10_400_000_000)).toBe('10.4 GB');
});

test('durations read in the two largest units', () => {
  expect(formatDuration(3_240)).toBe('3.2 s');
  expect(formatDuration(59_400)).toBe('59 s');
  expect(formatDuration(125_000)).toBe('2 min 5 s');
  expect(formatDuration(7_260_000)).toBe('2 h 1 min');
});

test('times are told relative to now, and a clock that runs ahead does not show', () => {
  const now = Date.parse('2025-06-01T12:00:00Z');
  expect(formatRelative('2025-06-01T12:00:04Z', now)).toBe('just now');
  expect(formatRelative('2025-06-01T11:59:30Z', now)).toBe('less than a minute ago');
  expect(formatRelative('2025-06-01T09:00:00Z', now)).toBe('3 hours ago');
  expect(formatRelative('2025-06-02T13:00:00Z', now)).toBe('tomorrow');
});

test('a title becomes a name for addresses', () => {
  expect(slugOf('Pingüinos of Palmer (v2)')).toBe('pinguinos-of-palmer-v2');
  expect(slugOf('  ')).toBe('');
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(2000, 'row')).toBe('2,000 rows');
});
