/** What others wrote, for a terminal: control characters, which could change what it shows, are not passed on to it. */
export const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\t\n]/gu, '\ufffd');

/**
 * Columns of text, aligned; numbers to the right.
 * @param head column titles
 * @param rows cells as shown
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  const shown = rows.map((row) => row.map((cell) => printable(cell).replaceAll(/[\t\n]/g, ' ')));
  const widths = head.map((title, column) =>
    shown.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  const right = head.map((_, column) =>
    shown.every((row) => /^[\d.,+-]*( [A-Za-z]+)?$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    head
      .map((_, column) => {
        const [cell, width] = [cells[column] ?? '', widths[column] ?? 0];
        return right[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(head.map((title) => title.toUpperCase())), ...shown.map(line)].join('\n');
}

/** `name  value` lines; undefined values are left out. */
export function facts(pairs: Record<string, string | number | undefined>): string {
  const known = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`).join('\n');
}
