import type { ColumnProgram } from '@banyan/engine';
import type { Column } from '../column.ts';
import type { Imported } from '../import/import-table.ts';
import { identifier } from '../sql.ts';
import type { Tables } from '../table.ts';
import type { Roles } from './roles.ts';
import { dropRows, own, type Work } from './work.ts';

/**
 * Makes the view `data` of the imported table, in the types that preparation knows: numbers (booleans are 0 and 1) as
 * DOUBLE, categories as VARCHAR, all else as it was; what is infinite, not a number or an empty text is missing. Its rows
 * lie in the order of their numbers. It becomes a table with the first change: for most recipes that is the split, and one
 * pass over all values is a tenth of the work.
 * @returns the programs of the features, still without steps.
 */
export async function cleanColumns(
  tables: Tables,
  imported: string,
  { row, columns }: Pick<Imported, 'row' | 'columns'>,
  roles: Roles,
  notes: string[],
): Promise<ColumnProgram[]> {
  const isText = (column: Column) => column.type === 'text' || roles.categorical.has(column.name);
  const selects = columns.map(
    (column) => `${cleanSql(column, isText(column))} AS ${identifier(column.name)}`,
  );
  await tables.run(
    `CREATE VIEW data AS SELECT ${row} AS ${own.row}, ${selects.join(', ')}, CAST(0 AS UTINYINT) AS ${own.split} FROM ${imported}`,
  );
  const counts = roles.features.map(({ name }) => `count(${identifier(name)})`);
  const [present = []] = counts.length > 0 ? await tables.rows(`SELECT ${counts.join(', ')} FROM data`) : [];
  await noteInfinite(tables, imported, roles.features, notes);
  return roles.features.flatMap((column, i): ColumnProgram[] => {
    if (present[i] === 0) {
      notes.push(`"${column.name}" has no values and is left out`);
      return [];
    }
    return [{ name: column.name, input: isText(column) ? 'string' : 'number', steps: [], width: 1 }];
  });
}

function cleanSql({ name, type }: Column, isText: boolean): string {
  const column = identifier(name);
  if (type === 'text') return `nullif(${column}, '')`;
  if (type === 'boolean') return isText ? `CAST(${column} AS VARCHAR)` : `CAST(${column} AS DOUBLE)`;
  if (type !== 'integer' && type !== 'number') return column;
  const number = `CAST(${column} AS DOUBLE)`;
  // As JavaScript writes it, so that a served row's 8 is the category "8" whether it came as 8 or as 8.0.
  if (isText)
    return `CASE WHEN NOT isfinite(${number}) THEN NULL WHEN ${number} = floor(${number}) AND abs(${number}) < 1e15 THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ELSE CAST(${column} AS VARCHAR) END`;
  return `CASE WHEN isfinite(${number}) THEN ${number} END`;
}

async function noteInfinite(
  tables: Tables,
  imported: string,
  features: readonly Column[],
  notes: string[],
): Promise<void> {
  const numbers = features.filter((column) => column.type === 'number');
  if (numbers.length === 0) return;
  const infinite = numbers.map(({ name }) => `count(*) FILTER (isinf(${identifier(name)}))`);
  const counts = await tables.row<number[]>(`SELECT ${infinite.join(', ')} FROM ${imported}`);
  for (const [i, { name }] of numbers.entries()) {
    const count = counts[i]!;
    if (count > 0)
      notes.push(`"${name}" is infinite in ${count} row${count === 1 ? '' : 's'}, which count as missing`);
  }
}

/** Rows whose target is missing have nothing to teach or to test. */
export async function dropWithoutTarget(work: Work): Promise<void> {
  const { target } = work.roles;
  if (target)
    await dropRows(work, `${identifier(target.name)} IS NULL`, `the target "${target.name}" is missing`);
}
