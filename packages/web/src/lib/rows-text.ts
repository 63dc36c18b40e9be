import type { Json } from '@banyan/contract';

interface Input {
  name: string;
  type: string;
}

/** Reads comma-separated rows whose first line names the columns; tells the first line that is wrong. */
export function parseRows(text: string, inputs: readonly Input[]): { rows: Json[] } | { error: string } {
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',').map((name) => name.trim());
  const missing = inputs.find(({ name }) => !names.includes(name));
  if (missing !== undefined) return { error: `The first line does not name the column ${missing.name}.` };
  const rows: Json[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== names.length)
      return { error: `Line ${index + 2} has ${cells.length} values for ${names.length} columns.` };
    const row: { [key: string]: Json } = {};
    for (const { name, type } of inputs) {
      const cell = cells[names.indexOf(name)] ?? '';
      const number = Number(cell);
      if (type === 'number' && Number.isNaN(number))
        return { error: `Line ${index + 2}: ${name} needs a number, not “${cell}”.` };
      row[name] = cell === '' ? null : type === 'number' ? number : cell;
    }
    rows.push(row);
  }
  return { rows };
}

export function writeRows(
  names: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const lines = rows.map((row) => names.map((name) => writeCell(row[name])).join(','));
  return `${[names.join(','), ...lines].join('\n')}\n`;
}

/** A cell of the hub's JSON as one types it; what is missing is an empty place. */
export function writeCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
