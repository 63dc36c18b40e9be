import { identifier, literal } from '../sql.ts';
import type { Tables } from '../table.ts';

/** Written by people and programs for "not known". */
const missing = ['', 'na', 'n/a', '#n/a', '<na>', 'null', 'nan', '-nan'];

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
}

/**
 * Finds each text column's type by looking at every value (not a sample, which the last row can prove wrong), and
 * returns the SQL that casts it: boolean, integer, number, date, timestamp or text; text when in doubt. Numbers written
 * with a leading zero (postal codes, identifiers) stay text, as their zeros carry meaning.
 */
export async function inferTypes(
  tables: Tables,
  table: string,
  columns: readonly TextColumn[],
  options: { decimalComma: boolean },
): Promise<{ selects: string[]; notes: string[] }> {
  const notes: string[] = [];
  const selects: string[] = [];
  for (const column of columns) {
    const cast = await castOf(tables, table, column, options.decimalComma, notes);
    selects.push(`${cast} AS ${identifier(column.name)}`);
  }
  return { selects, notes };
}

async function castOf(
  tables: Tables,
  table: string,
  column: TextColumn,
  decimalComma: boolean,
  notes: string[],
): Promise<string> {
  const value = `trim(${identifier(column.name)}, ' \t\r\n')`;
  const text = `CASE WHEN lower(${value}) NOT IN (${missing.map(literal).join(', ')}) THEN ${value} END`;
  const number = decimalComma ? `replace(v, ',', '.')` : 'v';
  const [counts] = await tables.rows(`
    WITH cells AS (SELECT ${text} AS t FROM ${table}),
    short AS (SELECT CASE WHEN strlen(t) <= 40 AND lower(t) NOT IN (${missingAmongNumbers.map(literal).join(', ')}) THEN t END AS v FROM cells)
    SELECT (SELECT count(t) FROM cells WHERE strlen(t) > 40), count(v),
      count(*) FILTER (lower(v) IN ('true', 'false')),
      count(*) FILTER (regexp_full_match(v, '[+-]?[0-9]{1,18}')),
      count(TRY_CAST(${number} AS DOUBLE)) FILTER (NOT contains(v, '_')),
      count(*) FILTER (regexp_full_match(v, '[+-]?0[0-9]+')),
      count(TRY_CAST(v AS DATE)) FILTER (regexp_full_match(v, '\\d{4}-\\d{1,2}-\\d{1,2}')),
      count(TRY_CAST(v AS TIMESTAMPTZ)) FILTER (regexp_full_match(v, '\\d{4}-\\d{1,2}-\\d{1,2}([ T]\\d{1,2}:\\d{2}.*)?'))
    FROM short`);
  const [long, all, booleans, integers, numbers, padded, dates, stamps] = (counts ?? []).map(Number);
  if (long || !all) return text;
  const known = `CASE WHEN lower(${value}) NOT IN (${[...missing, ...missingAmongNumbers].map(literal).join(', ')}) THEN ${value} END`;
  if (booleans === all) return `CAST(lower(${known}) = 'true' AS BOOLEAN)`;
  if (!column.quoted && !padded && integers === all) return `CAST(${known} AS BIGINT)`;
  if (!column.quoted && !padded && numbers === all) {
    return `CAST(${decimalComma ? `replace(${known}, ',', '.')` : known} AS DOUBLE)`;
  }
  if (dates === all) return `CAST(${known} AS DATE)`;
  if (stamps === all) return `CAST(CAST(${known} AS TIMESTAMPTZ) AS TIMESTAMP)`;
  return (await writtenDate(tables, table, column.name, known, all, notes)) ?? text;
}

/** The cast of a column whose every value is a date in one of the formats people use. */
async function writtenDate(
  tables: Tables,
  table: string,
  name: string,
  known: string,
  all: number,
  notes: string[],
): Promise<string | undefined> {
  const [candidate] = await tables.row<[string]>(
    `SELECT any_value(v) FROM (SELECT ${known} AS v FROM ${table}) WHERE v IS NOT NULL`,
  );
  if (!/\d/.test(candidate) || !/^[\w\s/.,:-]{6,30}$/.test(candidate)) return undefined;
  const [counts] = await tables.rows(
    `SELECT ${dateFormats.map((format) => `count(try_strptime(v, ${literal(format)}))`).join(', ')} FROM (SELECT ${known} AS v FROM ${table})`,
  );
  const fits = dateFormats.filter((_, i) => counts?.[i] === all);
  const [format] = fits;
  if (format === undefined) return undefined;
  if (fits.length > 1 && /^%m.%d/.test(format)) {
    notes.push(
      `the dates in "${name}" are read with the month first; write them as year-month-day if that is wrong`,
    );
  }
  const type = format.includes('%H') ? 'TIMESTAMP' : 'DATE';
  return `CAST(strptime(${known}, ${literal(format)}) AS ${type})`;
}
