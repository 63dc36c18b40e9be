import type { FileChange, TableChange } from '@banyan/contract';
import { formatBytes } from './amounts.ts';
import type { Shell } from './shell.ts';
import { printable, table } from './table.ts';

const [red, green, cyan, bold, plain] = ['31', '32', '36', '1', '0'].map((code) => `\u001b[${code}m`);

/** Colours are for people at a terminal who did not turn them off (no-color.org). */
export const coloured = ({ stdout, environment }: Shell): boolean =>
  stdout.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';

/** A unified diff for a terminal: control characters of the files themselves are not passed on to it. */
export function showLines(diff: string, colour: boolean): string {
  const lines = printable(diff).replace(/\n$/, '').split('\n');
  if (!colour) return lines.join('\n');
  const first = lines.findIndex((line) => line.startsWith('@@'));
  return lines
    .map((line, index) => {
      // Only before the first place do +++ and --- name the files: behind it they are lines that begin with ++ or --.
      const code = index < first ? bold : codeOf(line);
      return code === undefined ? line : `${code}${line}${plain}`;
    })
    .join('\n');
}

function codeOf(line: string): string | undefined {
  if (line.startsWith('@@')) return cyan;
  if (line.startsWith('+')) return green;
  return line.startsWith('-') ? red : undefined;
}

/** One line a file: what happened to it, and how large it was and is. */
export function showFiles(files: readonly FileChange[]): string {
  if (files.length === 0) return 'No file differs.';
  return table(
    ['change', 'file', 'before', 'after'],
    files.map(({ path, before, after }) => [
      before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
      path,
      before === undefined ? '' : formatBytes(before.sizeBytes),
      after === undefined ? '' : formatBytes(after.sizeBytes),
    ]),
  );
}

/** How the table of a dataset differs: its rows, and its columns. */
export function showTableChange({ rows, columns }: TableChange): string {
  const counts =
    rows.before === rows.after ? `${rows.after} rows, as before` : `${rows.before} rows, now ${rows.after}`;
  if (columns.length === 0) return `Table: ${counts}; no column differs.`;
  const told = {
    added: 'added',
    removed: 'removed',
    retyped: 'has another type',
    values: 'other values',
  } as const;
  return `Table: ${counts}\n${table(
    ['column', 'change'],
    columns.map(({ name, change }) => [name, told[change]]),
  )}`;
}
