import { expect, it } from 'vitest';
import { isLargeFile, readAttributes, usualAttributes } from './attributes.ts';

const large = (path: string, sizeBytes = 1) => isLargeFile(usualAttributes, path, sizeBytes);

it('takes the usual patterns for large files', () => {
  for (const path of ['a.bin', 'deep/in/a.safetensors', 'saved_model/1/x', 'x.tar.gz', 'events.tfevents.1'])
    expect(large(path), path).toBe(true);
  for (const path of ['README.md', 'config.json', 'bin', 'saved_model.txt', 'a.bin.txt'])
    expect(large(path), path).toBe(false);
  expect(large('README.md', (10 << 20) + 1)).toBe(true);
  expect(large('empty.bin', 0)).toBe(false);
});

it("reads a repository's own, of which the last that matches decides", () => {
  const attributes = readAttributes(
    '# comment\n*.csv filter=lfs diff=lfs merge=lfs -text\nsmall/*.csv -filter\n/data/** filter=lfs\n[ab]?.txt filter=lfs\n* text\n*.x !filter\na/**/z filter=lfs\n',
  );
  const isLarge = (path: string) => isLargeFile(attributes, path, 1);
  expect(
    ['x.csv', 'd/x.csv', 'data/a/b', 'a1.txt', 'q/b2.txt', 'a/z', 'a/b/c/z'].filter((one) => !isLarge(one)),
  ).toEqual([]);
  expect(['small/x.csv', 'q/data/a', 'c1.txt', 'data', 'b.x', 'az'].filter(isLarge)).toEqual([]);
});

it('is not slowed down by patterns made to be slow', () => {
  const attributes = readAttributes(`${'*a'.repeat(60)}b filter=lfs\n${'**/'.repeat(60)}b filter=lfs`);
  const started = performance.now();
  expect(isLargeFile(attributes, `${'a/'.repeat(100)}${'a'.repeat(200)}`, 1)).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
