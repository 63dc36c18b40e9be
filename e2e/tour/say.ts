/** The tour's voice: headings, lines that overwrite themselves while something is under way, tables. */
const live = process.stdout.isTTY;
let open = false;
const startedAt = performance.now();

export const elapsedSeconds = () => (performance.now() - startedAt) / 1000;

function write(text: string): void {
  if (open) process.stdout.write('\r\x1b[2K');
  open = false;
  process.stdout.write(text);
}

export function heading(text: string): void {
  write(`\n${clock()} ${text}\n`);
}

export function line(text: string): void {
  write(`        ${text}\n`);
}

/** Work under way: overwritten in a terminal, left out elsewhere (its end is always said by `line`). */
export function progress(text: string): void {
  if (!live) return;
  write(`        ${text}`.slice(0, (process.stdout.columns || 100) - 1));
  open = true;
}

function clock(): string {
  const seconds = Math.round(elapsedSeconds());
  return `[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}]`.padEnd(7);
}

/** Columns of text, the first left-aligned, the others right-aligned. */
export function table(header: string[], rows: string[][]): void {
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const format = (row: string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ');
  line(format(header));
  line(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) line(format(row));
}
