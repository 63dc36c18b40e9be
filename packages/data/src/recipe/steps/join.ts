import { mkdir } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { type Column, describeColumns } from '../../column.ts';
import { DataError, unknownColumn } from '../../error.ts';
import { type Imported, readTable } from '../../import/import-table.ts';
import type { ImageShapes } from '../../import/parquet.ts';
import type { InputFile } from '../../import/source.ts';
import { identifier } from '../../sql.ts';
import type { Tables } from '../../table.ts';
import type { Recipe, StepOptions } from '../schema.ts';

type Options = StepOptions['join'];

/** What the files of a joined dataset go by: its name and version, as the step has them. */
export const joinName = ({ dataset, revision }: Pick<Options, 'dataset' | 'revision'>): string =>
  `${dataset}@${revision}`;

/** The joins of a recipe in their order. */
export const joinsOf = (recipe: Recipe): Options[] =>
  recipe.steps.flatMap((step) => ('join' in step ? [step.join] : []));

/** The result may have so many times the rows of the larger of the two tables. */
const mostTimes = 10;

interface Key {
  here: Column;
  there: Column;
}

/** Beside people's own columns, which may be called anything but this. */
const place = '"banyan.place"';
const keyName = (i: number): string => `"banyan.key ${i}"`;

/**
 * Joins the datasets that the recipe names to the imported table, one after another. Their columns are raw columns from then
 * on: a served row brings them. Rows keep the order of the table, then that of the joined one.
 * @throws DataError 'column' for keys that are not there or are not of one type, 'recipe' for files that did not come,
 * 'empty' when nothing matches, 'too-large' when keys that repeat on both sides make too many rows.
 */
export async function joinTables(
  tables: Tables,
  imported: Imported,
  recipe: Recipe,
  joins: ReadonlyMap<string, readonly InputFile[]>,
  scratch: string,
  options: Parameters<typeof readTable>[4],
): Promise<Imported> {
  let left = imported;
  for (const [place, step] of joinsOf(recipe).entries()) {
    const files = joins.get(joinName(step));
    if (files === undefined)
      throw new DataError('recipe', `join: the files of ${joinName(step)} were not given`, { ...step });
    const folder = joinPath(scratch, `join-${place}`);
    await mkdir(folder, { recursive: true });
    const right = await readTable(tables, files, 'other', folder, options).catch((error: unknown) => {
      throw error instanceof DataError
        ? new DataError(error.code, `join of ${step.dataset}: ${error.message}`, error.details, error)
        : error;
    });
    left = await joinOne(tables, left, right, step, options.maxRows ?? 1e9);
  }
  return left;
}

async function joinOne(
  tables: Tables,
  left: Imported,
  right: Imported,
  step: Options,
  maxRows: number,
): Promise<Imported> {
  const keys = keysOf(step, left.columns, right.columns);
  const taken = takenColumns(step, keys, left.columns, right.columns);
  const keySql = keys.map((key, i) => ({
    here: `${comparedSql(key.here, step.cast)} AS ${keyName(i)}`,
    there: `${comparedSql(key.there, step.cast)} AS ${keyName(i)}`,
  }));
  const on = keys.map((_, i) => `a.${keyName(i)} = b.${keyName(i)}`).join(' AND ');
  const here = keySql.map((sql) => sql.here).join(', ');
  const there = keySql.map((sql) => sql.there).join(', ');
  const explain = (error: unknown) => left.explain(right.explain(error));
  try {
    const notes = right.notes.map((note) => `${step.dataset}: ${note}`);
    const matched = await countMatches(tables, left, keys, { here, there, on }, step, maxRows);
    notes.push(...describe(step, left.rows, matched, taken));
    const columns = [
      ...left.columns.map(({ name }) => `a.${identifier(name)}`),
      ...taken.map(({ column, name }) => `b.${identifier(column.name)} AS ${identifier(name)}`),
    ];
    await tables.run(
      `CREATE TABLE joining AS SELECT ${columns.join(', ')}
       FROM (SELECT *, ${left.row} AS ${place}, ${here} FROM imported) a
       ${step.how === 'inner' ? 'JOIN' : 'LEFT JOIN'} (SELECT *, ${right.row} AS ${place}, ${there} FROM other) b ON ${on}
       ORDER BY a.${place}, b.${place}`,
    );
    await left.drop();
    await right.drop();
    await tables.run('ALTER TABLE joining RENAME TO imported');
    const images: ImageShapes = { ...left.images };
    for (const { column, name } of taken) {
      const shape = right.images[column.name];
      if (shape) images[name] = shape;
    }
    const [rows] = await tables.row<[number]>('SELECT count(*) FROM imported');
    return {
      rows,
      columns: await describeColumns(tables, 'SELECT * FROM imported', images),
      notes: [...left.notes, ...notes],
      images,
      row: 'rowid',
      explain: (error) => error,
      drop: () => tables.run('DROP TABLE imported'),
    };
  } catch (error) {
    throw explain(error);
  }
}

function keysOf({ on, cast, dataset }: Options, left: readonly Column[], right: readonly Column[]): Key[] {
  const pairs =
    typeof on === 'string' || Array.isArray(on)
      ? [on].flat().map((name) => [name, name])
      : Object.entries(on);
  return pairs.map(([leftName = '', rightName = '']) => {
    const here = columnOf(leftName, left, 'here');
    const there = columnOf(rightName, right, dataset);
    if (cast === undefined && family(here) !== family(there))
      throw new DataError(
        'column',
        `join: "${here.name}" is a column of type ${here.type} here, and "${there.name}" of type ${there.type} in ${dataset}; add cast: text (or number, or date) to compare both as that`,
        { column: here.name, types: [here.type, there.type] },
      );
    for (const { name, type } of [here, there])
      if (type === 'image' || type === 'binary')
        throw new DataError('column', `join: "${name}" is of type ${type}; rows cannot be told by it`, {
          column: name,
        });
    return { here, there };
  });
}

function columnOf(name: string, columns: readonly Column[], where: string): Column {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const { message, details } = unknownColumn(
    name,
    columns.map((column) => column.name),
  );
  throw new DataError('column', `join: ${where === 'here' ? '' : `in ${where} `}${message}`, details);
}

/** Types whose values compare with one another. */
function family({ type }: Column): string {
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'timestamp' ? 'date' : type;
}

function comparedSql({ name, type }: Column, cast: Options['cast']): string {
  const column = identifier(name);
  if (cast === 'number') return `TRY_CAST(${column} AS DOUBLE)`;
  if (cast === 'date') return `TRY_CAST(${column} AS TIMESTAMP)`;
  // A whole number is written without a point, whatever its file made of it.
  if (cast === 'text' && type === 'number')
    return `CASE WHEN ${column} = floor(${column}) AND abs(${column}) < 1e15 THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ELSE CAST(${column} AS VARCHAR) END`;
  if (cast === 'text') return `CAST(${column} AS VARCHAR)`;
  return type === 'date' ? `CAST(${column} AS TIMESTAMP)` : column;
}

function takenColumns(
  { columns, prefix = '', dataset }: Options,
  keys: readonly Key[],
  left: readonly Column[],
  right: readonly Column[],
): { column: Column; name: string }[] {
  const chosen =
    columns === '*'
      ? right.filter((column) => !keys.some(({ there }) => there === column))
      : [columns].flat().map((name) => columnOf(name, right, dataset));
  if (chosen.length === 0)
    throw new DataError('recipe', `join: ${dataset} has no columns but its keys; name some under columns`);
  const used = new Set(left.map(({ name }) => name.toLowerCase()));
  return chosen.map((column) => {
    const name = `${prefix}${column.name}`;
    if (used.has(name.toLowerCase()))
      throw new DataError(
        'column',
        `join: there is a column "${name}" on both sides; give prefix: "other_" (or another), or name the columns to take`,
        { column: name },
      );
    used.add(name.toLowerCase());
    return { column, name };
  });
}

interface Matches {
  /** Rows that match at least one, and all pairs. */
  rows: number;
  pairs: number;
}

/** Counts by key, so that a join that would never end is refused before it begins. */
async function countMatches(
  tables: Tables,
  left: Imported,
  keys: readonly Key[],
  { here, there, on }: { here: string; there: string; on: string },
  step: Options,
  maxRows: number,
): Promise<Matches> {
  const names = keys.map((_, i) => keyName(i)).join(', ');
  const grouped = `
    FROM (SELECT ${names}, count(*) AS n FROM (SELECT ${here} FROM imported) GROUP BY ALL) a
    JOIN (SELECT ${names}, count(*) AS n FROM (SELECT ${there} FROM other) GROUP BY ALL) b ON ${on}`;
  const [rows, pairs] = await tables.row<[number, number]>(
    `SELECT coalesce(CAST(sum(a.n) AS DOUBLE), 0), coalesce(sum(CAST(a.n AS DOUBLE) * b.n), 0) ${grouped}`,
  );
  if (rows === 0) throw await nothingMatches(tables, keys, { here, there }, step);
  const [others] = await tables.row<[number]>('SELECT count(*) FROM other');
  const result = pairs + (step.how === 'left' ? left.rows - rows : 0);
  const most = Math.min(maxRows, mostTimes * Math.max(left.rows, others));
  if (result > most) {
    const shown = keys.map((_, i) => `CAST(a.${keyName(i)} AS VARCHAR)`).join(` || ', ' || `);
    const [key, mine, theirs] = await tables.row<[string, number, number]>(
      `SELECT ${shown}, a.n, b.n ${grouped} ORDER BY CAST(a.n AS DOUBLE) * b.n DESC, 1 LIMIT 1`,
    );
    throw new DataError(
      'too-large',
      `join: ${left.rows} rows here and ${others} of ${step.dataset} would make ${result}; "${key}" stands in ${mine} rows here and in ${theirs} there. Join on a further column, or on a dataset with one row a key`,
      { key, rows: result },
    );
  }
  return { rows, pairs };
}

async function nothingMatches(
  tables: Tables,
  keys: readonly Key[],
  { here, there }: { here: string; there: string },
  { dataset }: Options,
): Promise<DataError> {
  const first = async (sql: string, from: string): Promise<string> => {
    const shown = keys.map((_, i) => `coalesce(CAST(${keyName(i)} AS VARCHAR), '')`).join(` || ', ' || `);
    const [found] = await tables.rows<[string]>(`SELECT ${shown} FROM (SELECT ${sql} FROM ${from} LIMIT 1)`);
    return found?.[0] ?? '';
  };
  return new DataError(
    'empty',
    `join: no row matches one of ${dataset}; the keys here are like "${await first(here, 'imported')}", there like "${await first(there, 'other')}"`,
    { dataset },
  );
}

function describe(
  step: Options,
  all: number,
  { rows, pairs }: Matches,
  taken: readonly { name: string }[],
): string[] {
  const names = taken.slice(0, 20).map(({ name }) => `"${name}"`);
  if (taken.length > 20) names.push(`${taken.length - 20} more`);
  const notes = [
    `${names.join(', ')} ${taken.length === 1 ? 'was' : 'were'} joined from ${step.dataset} (${step.revision.slice(0, 8)}); a served row must bring ${taken.length === 1 ? 'it' : 'them'}`,
  ];
  if (rows < all)
    notes.push(
      `${all - rows} of ${all} rows match none of ${step.dataset}${step.how === 'left' ? ', where what was joined is missing' : ' and are left out'}`,
    );
  if (pairs > rows)
    notes.push(
      `keys repeat in ${step.dataset}: ${rows} rows became ${pairs}; split by group to keep copies in one split`,
    );
  return notes;
}
