import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';
import { mediaTypeOf } from './media-types.ts';
import { configsOf } from './splits.ts';

describe('patterns of data files', () => {
  it.each([
    ['train.csv', 'train.csv', true],
    ['./train.csv', 'train.csv', true],
    ['*.csv', 'train.csv', true],
    ['*.csv', 'a/train.csv', false],
    ['**/*.csv', 'a/b/train.csv', true],
    ['**/*.csv', 'train.csv', true],
    ['data/**', 'data/a/b.csv', true],
    ['a/**/b.csv', 'a/b.csv', true],
    ['a/**/b.csv', 'a/xb.csv', false],
    ['train-?.csv', 'train-1.csv', true],
    ['train-?.csv', 'train-/.csv', false],
    ['{train,test}-*.csv', 'test-1.csv', true],
    ['{train,test}-*.csv', 'valid-1.csv', false],
    ['a.csv', 'abcsv', false],
  ])('%s and %s: %s', (pattern, path, expected) => expect(matchesGlob(pattern, path)).toBe(expected));

  it('take no longer for a pattern made to be slow', () => {
    const start = performance.now();
    expect(matchesGlob('*a'.repeat(200), `${'a'.repeat(400)}b`)).toBe(false);
    expect(matchesGlob(`${'{a,'.repeat(200)}${'}'.repeat(200)}`, 'a')).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

const names = (paths: string[]) =>
  configsOf(paths, undefined).flatMap(({ splits }) =>
    splits.map((split) => `${split.name ?? '-'}: ${split.paths.join(' ')}`),
  );

describe('splits', () => {
  it('follow names as the datasets library does, tables of one format alone', () => {
    expect(names(['train.parquet', 'valid.parquet', 'test.parquet', 'fitted.json', 'profile.json'])).toEqual([
      'train: train.parquet',
      'validation: valid.parquet',
      'test: test.parquet',
    ]);
    expect(names(['data/train-00000.csv', 'data/train-00001.csv', 'README.md', 'labels.json'])).toEqual([
      'train: data/train-00000.csv data/train-00001.csv',
    ]);
    expect(names(['penguins.csv'])).toEqual(['-: penguins.csv']);
    expect(names(['trainer.csv', 'contest.csv'])).toEqual(['-: trainer.csv contest.csv']);
    expect(names(['README.md'])).toEqual([]);
  });

  it('follow the card where it says', () => {
    const found = configsOf(
      ['en/a.jsonl', 'en/b.jsonl', 'de/a.jsonl'],
      [
        {
          config_name: 'en',
          data_dir: 'en',
          data_files: [
            { split: 'train', path: ['a.*'] },
            { split: 'test', path: ['b.*'] },
          ],
        },
        { config_name: 'de', data_files: ['de/*.jsonl'] },
        { config_name: 'fr', data_files: ['fr/*'] },
      ],
    );
    expect(found).toEqual([
      {
        name: 'en',
        splits: [
          { name: 'train', paths: ['en/a.jsonl'] },
          { name: 'test', paths: ['en/b.jsonl'] },
        ],
      },
      { name: 'de', splits: [{ name: 'train', paths: ['de/a.jsonl'] }] },
    ]);
  });
});

it('knows media types by the end of a name', () => {
  expect(['a/B.CSV', 'x.csv.gz', 'm.onnx', 'x.gz', 'README', 'a.jsonl'].map(mediaTypeOf)).toEqual([
    'text/csv',
    'text/csv',
    'application/octet-stream',
    'application/gzip',
    'application/octet-stream',
    'application/jsonlines',
  ]);
});
