import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { coloured, showFiles, showLines } from './difference.ts';

const shell = (isTTY: boolean, environment: Record<string, string>) => ({
  stdout: Object.assign(new PassThrough(), { isTTY }),
  stderr: new PassThrough(),
  environment,
  signal: new AbortController().signal,
});

it('colours lines on a terminal alone, and not for those who want none', () => {
  expect(coloured(shell(true, {}))).toBe(true);
  expect(coloured(shell(false, {}))).toBe(false);
  expect(coloured(shell(true, { NO_COLOR: '1' }))).toBe(false);
  expect(showLines('@@ -1 +1 @@\n-a\n+b\n c\n', true)).toBe(
    '\u001b[36m@@ -1 +1 @@\u001b[0m\n\u001b[31m-a\u001b[0m\n\u001b[32m+b\u001b[0m\n c',
  );
});

it('takes a line that begins with -- for one of the file', () => {
  expect(showLines('--- a\n+++ b\n@@ -1 +1 @@\n----\n', true)).toBe(
    '\u001b[1m--- a\u001b[0m\n\u001b[1m+++ b\u001b[0m\n\u001b[36m@@ -1 +1 @@\u001b[0m\n\u001b[31m----\u001b[0m',
  );
});

it('passes no control characters of a file on to the terminal', () => {
  expect(showLines('+\u001b]0;mine\u0007\tx\r\n', false)).toBe('+\ufffd]0;mine\ufffd\tx\ufffd');
});

it('says what happened to each file', () => {
  const sha256 = 'a'.repeat(64);
  const side = (sizeBytes: number) => ({ sha256, sizeBytes });
  expect(
    showFiles([
      { path: 'a', after: side(10) },
      { path: 'b', before: side(10) },
      { path: 'c', before: side(10), after: side(2000) },
    ]).split('\n'),
  ).toEqual([
    'CHANGE   FILE  BEFORE   AFTER',
    'added    a               10 B',
    'removed  b       10 B',
    'changed  c       10 B  2.0 kB',
  ]);
  expect(showFiles([])).toBe('No file differs.');
});
