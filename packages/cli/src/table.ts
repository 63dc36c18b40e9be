/**
 * Columns of text, aligned; numbers to the right.
 * @param head column titles
 * @param rows cells as shown
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const right = head.map((_, column) =>
    rows.every((row) => /^[\d.,+-]*( [A-Za-z]+)?$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    head
      .map((_, column) => {
        const [cell, width] = [cells[column] ?? '', widths[column] ?? 0];
        return right[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(head.map((title) => title.toUpperCase())), ...rows.map(line)].join('\n');
}

/** `name  value` lines; undefined values are left out. */
export function facts(pairs: Record<string, string | number | undefined>): string {
  const known = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
