import { expect, it } from 'vitest';
import { readIgnore } from './ignore.ts';

it.each([
  ['*.log', ['a.log', 'deep/a.log'], ['a.logs']],
  ['build/', ['build/x', 'a/build/x'], ['build', 'rebuild/x']],
  ['/only', ['only', 'only/x'], ['a/only']],
  ['a/b', ['a/b', 'a/b/c'], ['x/a/b']],
  ['*.bin\n!keep.bin', ['x.bin'], ['keep.bin', 'deep/keep.bin']],
  [
    '__pycache__/\n# a comment\n\n.ipynb_checkpoints',
    ['__pycache__/m.pyc', '.ipynb_checkpoints/n'],
    ['# a comment'],
  ],
  ['docs/**/*.html', ['docs/a/b.html', 'docs/b.html'], ['b.html']],
  ['\\#sharp\r', ['#sharp'], ['sharp']],
  ['spaces   \nkept\\ ', ['spaces', 'kept '], ['spaces   ', 'kept']],
  [`${' '.repeat(190_000)}x`, [], ['x']],
  ['', [], ['anything']],
])('reads %j', (text, ignored, kept) => {
  const isIgnored = readIgnore(text);
  expect(ignored.filter((path) => !isIgnored(path))).toEqual([]);
  expect(kept.filter(isIgnored)).toEqual([]);
});
