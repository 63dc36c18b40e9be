import { DataError } from '../error.ts';
import { literal } from '../sql.ts';
import { isQueryError, type Tables } from '../table.ts';
import { scanCsv } from './csv-scan.ts';
import { uniqueNames } from './names.ts';
import type { Source } from './source.ts';
import type { Staged } from './staged.ts';

/**
 * Reads a delimited file into a table of text columns, whatever its separator (comma, tab, semicolon or bar). The first
 * line is the header unless it holds numbers that no header would.
 */
export async function importCsv(
  tables: Tables,
  source: Source,
  table: string,
  signal?: AbortSignal,
): Promise<Staged> {
  const lines = firstLines(source);
  const delimiter = /\.(tsv|tab)$/i.test(source.name) ? '\t' : findDelimiter(lines);
  const first = splitRecord(lines[0] ?? '', delimiter);
  const hasHeader = looksLikeHeader(first);
  const { names, notes } = uniqueNames(hasHeader ? first : first.map(() => ''), source.name);
  if (!hasHeader)
    notes.push(
      `${source.name} has no header; its columns are called ${names[0]}, ${names[1] ?? '...'} and so on`,
    );
  const records = await scanCsv(source, delimiter, names.length, signal);

  const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  const options =
    `auto_detect = false, delim = ${literal(delimiter)}, quote = '"', escape = '"', header = ${hasHeader}, ` +
    `columns = {${columns}}, strict_mode = true, null_padding = false, parallel = false, ` +
    'max_line_size = 16000000, buffer_size = 33000000';
  try {
    await tables.run(`CREATE TABLE ${table} AS SELECT * FROM read_csv(${literal(source.path)}, ${options})`);
  } catch (error) {
    throw explain(error, source.name);
  }
  const [read] = await tables.row<[number]>(`SELECT count(*) FROM ${table}`);
  const expected = records - (hasHeader ? 1 : 0);
  if (names.length > 1 && read !== expected) {
    throw new DataError(
      'format',
      `${source.name}: ${expected} rows are there but only ${read} can be read; check its quotes`,
      {
        file: source.name,
      },
    );
  }
  return {
    table,
    columns: names.map((name) => ({ name, quoted: false })),
    decimalComma: delimiter !== ',',
    notes,
  };
}

/** The first complete records of the file, for looking at; a line break inside quotes does not end one. */
function firstLines(source: Source): string[] {
  const text = source.head.toString('utf8').replace(/^\uFEFF/, '');
  const records = text.match(/(?:[^"\r\n]|"(?:[^"]|"")*(?:"|$))+/g) ?? [];
  if (records.length === 0)
    throw new DataError('empty', `${source.name} holds no rows`, { file: source.name });
  return source.sizeBytes > source.head.length && records.length > 1 ? records.slice(0, -1) : records;
}

/** The separator that cuts most lines into as many fields as the first: that, and the most fields, win. */
function findDelimiter(lines: readonly string[]): string {
  let best = ',';
  let bestScore = 0;
  for (const delimiter of [',', '\t', ';', '|']) {
    const widths = lines.slice(0, 100).map((line) => splitRecord(line, delimiter).length);
    const width = widths[0] ?? 1;
    const agreement = widths.filter((other) => other === width).length / widths.length;
    const score = width > 1 ? agreement + Math.min(width, 100) / 1000 : 0;
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}

function splitRecord(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let field = '';
  let inQuotes = false;
  for (const character of line) {
    if (character === '"') inQuotes = !inQuotes;
    if (character === delimiter && !inQuotes) {
      fields.push(field);
      field = '';
    } else {
      field += character;
    }
  }
  fields.push(field);
  return fields.map((text) =>
    text
      .trim()
      .replace(/^"([\s\S]*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}

/** Names are not numbers; years as column heads (2010, 2011, ...) are the exception, beside at least one name. */
function looksLikeHeader(fields: readonly string[]): boolean {
  const numbers = fields.filter((field) => field !== '' && Number.isFinite(Number(field)));
  const years = numbers.filter((field) => /^[12]\d{3}$/.test(field));
  const distinct = new Set(numbers).size === numbers.length;
  return (
    numbers.length === 0 || (distinct && years.length === numbers.length && numbers.length < fields.length)
  );
}

function explain(error: unknown, name: string): unknown {
  if (!isQueryError(error)) return error;
  const line = Number(/CSV Error on Line: (\d+)/.exec(error.message)?.[1]);
  const where = Number.isFinite(line) ? `near line ${line}` : 'somewhere';
  const tooLong = /maximum line size/i.test(error.message);
  const what = tooLong
    ? 'a row is longer than 16 MB'
    : 'a quoted value is followed by something that is not a separator';
  return new DataError('format', `${name}: ${where} ${what}; mend that row`, { file: name, line }, error);
}
