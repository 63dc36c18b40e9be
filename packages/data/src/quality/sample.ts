import type { Column } from '../column.ts';
import type { Described } from '../profile.ts';
import { isChosen } from '../scramble.ts';
import { identifier } from '../sql.ts';
import type { Cell } from '../table.ts';

/** Some rows of a table, by column. What is measured on them in JavaScript is the same on every machine. */
export interface Sample {
  rows: number;
  columns: { column: Column; values: Cell[] }[];
}

const mostRows = 20_000;
const mostCells = 2_000_000;
const fewestRows = 200;
/** Longer texts are cut. */
const mostCharacters = 300;

/** Rows chosen by their numbers: the more columns there are, the fewer, so that memory stays bounded. */
export async function takeSample(described: Described): Promise<Sample> {
  const { tables, from, row, rows } = described;
  const columns = described.columns.filter(({ type }) => type !== 'image' && type !== 'binary');
  const wanted = Math.max(
    fewestRows,
    Math.min(mostRows, Math.floor(mostCells / Math.max(1, columns.length))),
  );
  const values: Cell[][] = columns.map(() => []);
  if (columns.length === 0) return { rows: 0, columns: [] };
  const cells = columns.map(({ name, type }) => {
    const v = identifier(name);
    if (type === 'text') return `left(${v}, ${mostCharacters})`;
    return type === 'date' || type === 'timestamp' ? `CAST(${v} AS VARCHAR)` : v;
  });
  const some = rows > wanted ? `WHERE ${isChosen(row, 1, wanted / rows)}` : '';
  // Two thousand rows at a time, not all at once beside their copy by column.
  let taken = 0;
  for await (const chunk of tables.chunks(`SELECT ${cells.join(', ')} FROM ${from} ${some}`)) {
    for (const [i, into] of values.entries())
      chunk.visitColumnValues(i, (value) => into.push(toPlain(value)));
    taken += chunk.rowCount;
  }
  return { rows: taken, columns: columns.map((column, i) => ({ column, values: values[i]! })) };
}

function toPlain(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** A column's numbers; NaN where there is none. */
export const numbersOf = (values: readonly Cell[]): Float64Array =>
  Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN));

/** A column's values as codes from 0 in order of appearance; -1 where there is none. */
export function codesOf(values: readonly Cell[]): { codes: Int32Array; count: number } {
  const known = new Map<Cell, number>();
  const codes = Int32Array.from(values, (value) => {
    if (value === null) return -1;
    const code = known.get(value) ?? known.size;
    known.set(value, code);
    return code;
  });
  return { codes, count: known.size };
}
