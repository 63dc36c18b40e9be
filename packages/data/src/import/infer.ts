import { identifier, literal, literals } from '../sql.ts';
import { isQueryError, type Tables } from '../table.ts';
import type { Plain } from './csv-scan.ts';
import type { ReadTypes } from './staged.ts';

/** Written by people and programs for "not known". None is longer than 4 bytes or begins otherwise than here. */
export const missing: readonly string[] = ['', 'na', 'n/a', '#n/a', '<na>', 'null', 'nan', '-nan'];

/** These mean "not known" only in a column that is otherwise numbers or dates; among words they are words. */
const missingAmongNumbers = ['none', '?', '-', '--', '.', 'missing', 'unknown'];

/** Dates as people write them. Month first is tried before day first: a column that fits both reads as the former. */
const dateFormats = [
  '%Y/%m/%d',
  '%m/%d/%Y',
  '%d/%m/%Y',
  '%d.%m.%Y',
  '%b %d %Y',
  '%b %d, %Y',
  '%d %b %Y',
  '%d-%b-%Y',
  '%B %d, %Y',
  '%Y%m%d %H:%M',
  '%Y/%m/%d %H:%M',
  '%Y/%m/%d %H:%M:%S',
  '%m/%d/%Y %H:%M',
  '%m/%d/%Y %H:%M:%S',
  '%d/%m/%Y %H:%M',
  '%d.%m.%Y %H:%M',
];

export interface TextColumn {
  name: string;
  quoted: boolean;
  plain: Plain;
}

/** What a column of text turned out to hold. */
type Found =
  | { kind: 'empty' | 'text' | 'boolean' | 'integer' | 'number' | 'date' | 'timestamp' }
  | { kind: 'written'; formats: string[] };

/** Columns looked at in one pass: a query's size and memory stay bounded however wide the table is. */
const columnsAtOnce = 24;

/** Rows that the first guess is made from. */
const sampleRows = 20_000;

/**
 * Makes a table of typed columns from rows of text: boolean, integer, number, date, timestamp or text; text when in doubt.
 * Every value decides, not a sample, which the last row can prove wrong: types are guessed from the first rows, and the
 * casts refuse what does not fit, whereupon every value is looked at. A plain column is read as what it is. Numbers written with a leading zero (postal codes,
 * identifiers) stay text, as their zeros carry meaning.
 * @param query for the columns as text, or some of them as numbers
 * @returns what a person should know about the types.
 */
export async function createTyped(
  tables: Tables,
  table: string,
  query: (types?: ReadTypes) => string,
  columns: readonly TextColumn[],
  options: { decimalComma: boolean },
): Promise<string[]> {
  const create = (found: readonly Found[], isPlain: (column: TextColumn, found: Found) => boolean) => {
    const types = new Map<string, 'BIGINT' | 'DOUBLE'>();
    const selects = columns.map((column, i) => {
      const name = identifier(column.name);
      if (!isPlain(column, found[i]!))
        return `${castSql(column.name, found[i]!, options.decimalComma)} AS ${name}`;
      const { kind } = found[i]!;
      if (kind !== 'text') types.set(column.name.toLowerCase(), kind === 'integer' ? 'BIGINT' : 'DOUBLE');
      return name;
    });
    return tables.run(`CREATE TABLE ${table} AS SELECT ${selects.join(', ')} FROM (${query(types)})`);
  };
  const rows = query();
  await tables.run(`CREATE TABLE first_rows AS SELECT * FROM (${rows}) LIMIT ${sampleRows}`);
  const [count] = await tables.row<[number]>('SELECT count(*) FROM first_rows');
  const guess = await findTypes(tables, 'FROM first_rows', columns, options);
  await tables.run('DROP TABLE first_rows');
  // Nothing seen says nothing, and a date that reads in two ways may be settled by a later row.
  const open = columns.filter((_, i) => isOpen(guess[i]!));
  const types = new Map(columns.map(({ name }, i) => [name, guess[i]!]));
  if (count === sampleRows && open.length > 0) {
    const closed = await findTypes(tables, `FROM (${rows})`, open, options);
    for (const [i, { name }] of open.entries()) types.set(name, closed[i]!);
  }
  const guessed = [...types.values()];
  try {
    await create(guessed, isPlainly);
    return ambiguities(columns, guessed);
  } catch (error) {
    if (!isQueryError(error) || /^(Out of Memory|IO)/i.test(error.message)) throw error;
  }
  const found = count < sampleRows ? guessed : await findTypes(tables, `FROM (${rows})`, columns, options);
  await create(found, () => false);
  return ambiguities(columns, found);
}

/** Whether a column needs no cast beyond that of DuckDB's own reader, which refuses what is no number after all. */
const isPlainly = ({ plain }: TextColumn, { kind }: Found): boolean =>
  (kind === 'integer' || kind === 'number' || kind === 'text') && plain[kind];

const isOpen = (found: Found): boolean =>
  found.kind === 'empty' || (found.kind === 'written' && found.formats.length > 1);

function ambiguities(columns: readonly TextColumn[], found: readonly Found[]): string[] {
  return columns.flatMap(({ name }, i) => {
    const type = found[i]!;
    if (type.kind !== 'written' || type.formats.length < 2 || !/^%m.%d/.test(type.formats[0]!)) return [];
    return [
      `the dates in "${name}" are read with the month first; write them as year-month-day if that is wrong`,
    ];
  });
}

/** Classes of cells, from the narrowest on; see `classSql`. */
const classes = ['boolean', 'integer', 'padded', 'number', 'date', 'stamp', 'other', 'long'] as const;

async function findTypes(
  tables: Tables,
  from: string,
  columns: readonly TextColumn[],
  { decimalComma }: { decimalComma: boolean },
): Promise<Found[]> {
  const found: Found[] = [];
  for (let start = 0; start < columns.length; start += columnsAtOnce) {
    const some = columns.slice(start, start + columnsAtOnce);
    const quick = some.map(({ name }, i) => `${identifier(name)} AS x${i}, ${quickSql(identifier(name), i)}`);
    const known = some.map(
      (_, i) =>
        `q${i}, CASE WHEN q${i} IS NULL THEN ${knownSql(`x${i}`, [...missing, ...missingAmongNumbers])} END AS v${i}`,
    );
    const cells = some.map((_, i) => classSql(i, decimalComma));
    const counts = some.flatMap((_, i) =>
      classes.map((_name, code) => `count(*) FILTER (c${i} = ${code})`).concat(`count(c${i})`),
    );
    const answer = await tables.row<number[]>(
      `SELECT ${counts.join(', ')} FROM (SELECT ${cells.join(', ')} FROM (SELECT ${known.join(', ')} FROM (SELECT ${quick.join(', ')} ${from})))`,
    );
    const width = classes.length + 1;
    for (const [i, column] of some.entries())
      found.push(await decide(tables, from, column, answer.slice(i * width, (i + 1) * width)));
  }
  return found;
}

async function decide(
  tables: Tables,
  from: string,
  column: TextColumn,
  counts: readonly number[],
): Promise<Found> {
  const [
    booleans = 0,
    integers = 0,
    padded = 0,
    numbers = 0,
    dates = 0,
    stamps = 0,
    others = 0,
    long = 0,
    all = 0,
  ] = counts;
  if (all === 0) return { kind: 'empty' };
  if (long > 0) return { kind: 'text' };
  if (booleans === all) return { kind: 'boolean' };
  if (!column.quoted && padded === 0 && integers === all) return { kind: 'integer' };
  if (!column.quoted && padded === 0 && integers + numbers === all) return { kind: 'number' };
  if (dates === all) return { kind: 'date' };
  if (dates + stamps === all) return { kind: 'timestamp' };
  // "13.02.2021" and the like are other text; "20210213 10:00" too.
  return others + integers + padded + numbers === all && others > 0
    ? writtenDate(tables, from, column.name, all)
    : { kind: 'text' };
}

/** Dates in one of the formats people use, if every value is one. */
async function writtenDate(tables: Tables, from: string, name: string, all: number): Promise<Found> {
  const known = knownSql(identifier(name), [...missing, ...missingAmongNumbers]);
  const [candidate] = await tables.row<[string]>(
    `SELECT v FROM (SELECT ${known} AS v ${from}) WHERE v IS NOT NULL LIMIT 1`,
  );
  if (!/\d/.test(candidate) || !/^[\w\s/.,:-]{6,30}$/.test(candidate)) return { kind: 'text' };
  const possible = await tables.row<boolean[]>(
    `SELECT ${dateFormats.map((format) => `try_strptime(${literal(candidate)}, ${literal(format)}) IS NOT NULL`).join(', ')}`,
  );
  if (!possible.includes(true)) return { kind: 'text' };
  const counts = await tables.row<number[]>(
    `SELECT ${dateFormats.map((format) => `count(try_strptime(v, ${literal(format)}))`).join(', ')} FROM (SELECT ${known} AS v ${from})`,
  );
  const formats = dateFormats.filter((_, i) => counts[i] === all);
  return formats.length > 0 ? { kind: 'written', formats } : { kind: 'text' };
}

const trimmed = (x: string): string => `trim(${x}, ' \t\r\n')`;

/** The trimmed text, or NULL for one of the words for "not known". */
const knownSql = (x: string, words: readonly string[]): string =>
  `CASE WHEN NOT ${isOneOf(trimmed(x), words)} THEN ${trimmed(x)} END`;

/** Not `IN`, which the optimiser would make a join of, for every row and before any shorter way is tried. */
const isOneOf = (v: string, words: readonly string[]): string =>
  `list_contains(${literals(words)}, lower(${v}))`;

/** Text that stands for itself: begins with no space and with no letter of a word for "not known", ends with no space. */
const plainText = (x: string): string =>
  `((${x} >= '0' AND ${x} < ':') OR (${x} >= 'A' AND ${x} < 'N') OR (${x} >= 'O' AND ${x} < 'n') OR ${x} >= 'o')` +
  ` AND NOT (ends_with(${x}, ' ') OR ends_with(${x}, '\t') OR ends_with(${x}, '\r') OR ends_with(${x}, '\n'))`;

/** Text that is a number if it can be cast to one: an ordinary first digit, nothing that only programmers write. */
const plainNumber = (x: string): string =>
  `((${x} >= '1' AND ${x} < ':') OR (${x} >= '-1' AND ${x} < '-:') OR starts_with(${x}, '0.') OR starts_with(${x}, '-0.') OR ${x} = '0') AND NOT contains(${x}, '_')`;

const isInteger = (v: string): string => `regexp_full_match(${v}, '[+-]?[0-9]{1,18}')`;
const isPadded = (v: string): string => `regexp_full_match(${v}, '[+-]?0[0-9]+')`;
const isDate = (v: string): string => `regexp_full_match(${v}, '\\d{4}-\\d{1,2}-\\d{1,2}')`;
const isStamp = (v: string): string =>
  `regexp_full_match(${v}, '\\d{4}-\\d{1,2}-\\d{1,2}([ T]\\d{1,2}:\\d{2}.*)?')`;

/**
 * The index in `classes` of what a cell holds; NULL for a missing one. Cells as programs write them take the short way;
 * words for "not known" among numbers count for nothing here, and become words again in a column of text.
 */
function classSql(i: number, decimalComma: boolean): string {
  const v = `v${i}`;
  const number = decimalComma ? `replace(${v}, ',', '.')` : v;
  return `coalesce(q${i}, CASE
    WHEN ${v} IS NULL THEN NULL
    WHEN strlen(${v}) > 40 THEN 7
    WHEN ${isPadded(v)} THEN 2
    WHEN ${isInteger(v)} THEN 1
    WHEN NOT contains(${v}, '_') AND TRY_CAST(${number} AS DOUBLE) IS NOT NULL THEN 3
    WHEN lower(${v}) IN ('true', 'false') THEN 0
    WHEN ${isDate(v)} AND TRY_CAST(${v} AS DATE) IS NOT NULL THEN 4
    WHEN ${isStamp(v)} AND TRY_CAST(${v} AS TIMESTAMPTZ) IS NOT NULL THEN 5
    ELSE 6 END) AS c${i}`;
}

/** What is plain at once: an integer, a number, a long text. */
const quickSql = (x: string, i: number): string =>
  `CASE WHEN strlen(${x}) <= 18 AND CAST(TRY_CAST(${x} AS BIGINT) AS VARCHAR) = ${x} THEN 1
    WHEN strlen(${x}) <= 40 AND ${plainNumber(x)} AND TRY_CAST(${x} AS DOUBLE) IS NOT NULL THEN 3
    WHEN strlen(${x}) > 40 AND ${plainText(x)} THEN 7 END AS q${i}`;

/** The cast of a column whose type is known: an error in the query for a value that does not fit. */
function castSql(name: string, found: Found, decimalComma: boolean): string {
  const x = identifier(name);
  const v = trimmed(x);
  const strict = (fits: string, cast: string): string =>
    `CASE WHEN NOT ${isOneOf(v, [...missing, ...missingAmongNumbers])}
      THEN CASE WHEN ${fits} THEN ${cast} ELSE error('not of its type') END END`;
  const number = decimalComma ? `replace(${v}, ',', '.')` : v;
  switch (found.kind) {
    case 'boolean':
      return `CAST(${strict(`lower(${v}) IN ('true', 'false')`, `lower(${v}) = 'true'`)} AS BOOLEAN)`;
    case 'integer':
      return `CASE WHEN strlen(${x}) <= 18 AND CAST(TRY_CAST(${x} AS BIGINT) AS VARCHAR) = ${x} THEN TRY_CAST(${x} AS BIGINT)
        ELSE ${strict(`${isInteger(v)} AND NOT ${isPadded(v)}`, `CAST(${v} AS BIGINT)`)} END`;
    case 'number': {
      const slow = strict(
        `strlen(${v}) <= 40 AND NOT contains(${v}, '_') AND NOT ${isPadded(v)}`,
        `CAST(${number} AS DOUBLE)`,
      );
      return `CASE WHEN strlen(${x}) <= 40 AND ${plainNumber(x)} AND TRY_CAST(${x} AS DOUBLE) IS NOT NULL THEN TRY_CAST(${x} AS DOUBLE)
        ELSE ${slow} END`;
    }
    case 'date':
      return `CASE WHEN CAST(TRY_CAST(${x} AS DATE) AS VARCHAR) = ${x} THEN TRY_CAST(${x} AS DATE) ELSE ${strict(isDate(v), `CAST(${v} AS DATE)`)} END`;
    case 'timestamp':
      return `CASE WHEN CAST(TRY_CAST(${x} AS TIMESTAMP) AS VARCHAR) = ${x} THEN TRY_CAST(${x} AS TIMESTAMP)
        ELSE ${strict(isStamp(v), `CAST(CAST(${v} AS TIMESTAMPTZ) AS TIMESTAMP)`)} END`;
    case 'written': {
      const [format = ''] = found.formats;
      const type = format.includes('%H') ? 'TIMESTAMP' : 'DATE';
      return `CAST(${strict('true', `strptime(${v}, ${literal(format)})`)} AS ${type})`;
    }
    default:
      return `CASE WHEN ${plainText(x)} THEN ${x} ELSE ${knownSql(x, missing)} END`;
  }
}
