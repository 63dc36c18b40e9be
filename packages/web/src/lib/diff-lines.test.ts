import { expect, it } from 'vitest';
import { diffLines } from './diff-lines.ts';

it('keeps every line of the file, also those that look like the head of a diff', () => {
  const head = ['Index: README.md', '='.repeat(67), '--- README.md', '+++ README.md'];
  const lines = ['@@ -1,3 +1,2 @@', '----', '--- a', '+++ b', ' ---'];
  const diff = [...head, ...lines, '\\ No newline at end of file', ''].join('\n');
  expect(diffLines(diff)).toEqual(lines);
});

it('has no line where nothing differs', () => {
  expect(diffLines('Index: a\n===\n--- a\n+++ a\n')).toEqual([]);
});
