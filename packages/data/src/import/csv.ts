import { DataError } from '../error.ts';
import { literal } from '../sql.ts';
import { isQueryError } from '../table.ts';
import { type ScanOptions, scanCsv } from './csv-pieces.ts';
import { lineTooLong, mostLineBytes } from './csv-scan.ts';
import { missing } from './infer.ts';
import { uniqueNames } from './names.ts';
import { readHead, type Source } from './source.ts';
import type { Staged } from './staged.ts';

/** A row of a table wider than this is no table to learn from, and each column costs memory. */
export const mostColumns = 20_000;

/**
 * How to read a delimited file as columns of text, whatever its separator (comma, tab, semicolon or bar). The first line is
 * the header unless it holds numbers that no header would. The file is read here first, byte by byte, and then by DuckDB.
 */
export async function openCsv(
  source: Source,
  options: Pick<ScanOptions, 'threads' | 'signal' | 'onRead'> = {},
): Promise<Staged> {
  const lines = await firstLines(source);
  const delimiter = /\.(tsv|tab)$/i.test(source.name) ? '\t' : findDelimiter(lines);
  const first = splitRecord(lines[0] ?? '', delimiter);
  if (first.length > mostColumns)
    throw new DataError(
      'too-large',
      `${source.name} has ${first.length} columns, more than the ${mostColumns} allowed; leave out what is not needed, or turn rows and columns`,
      { file: source.name, columns: first.length },
    );
  const hasHeader = looksLikeHeader(first);
  const { names, notes } = uniqueNames(hasHeader ? first : first.map(() => ''), source.name);
  if (!hasHeader)
    notes.push(
      `${source.name} has no header; its columns are called ${names[0]}, ${names[1] ?? '...'} and so on`,
    );
  const scan = await scanCsv(source, delimiter, names.length, { ...options, hasHeader, missing });

  // A line break within quotes could be taken for the end of a row by a thread that begins there.
  const parallel = !scan.breaksInQuotes;
  const settings =
    `auto_detect = false, delim = ${literal(delimiter)}, quote = '"', escape = '"', header = ${hasHeader}, ` +
    `strict_mode = true, null_padding = false, parallel = ${parallel}, ` +
    `max_line_size = ${mostLineBytes}, buffer_size = ${2 * mostLineBytes + 1_000_000}`;
  return {
    name: source.name,
    query: (types) => {
      const columns = names.map(
        (name) => `${literal(name)}: ${literal(types?.get(name.toLowerCase()) ?? 'VARCHAR')}`,
      );
      return `SELECT * FROM read_csv(${literal(source.path)}, ${settings}, columns = {${columns.join(', ')}})`;
    },
    columns: names.map((name, i) => ({ name, quoted: false, plain: scan.plain[i] })),
    decimalComma: delimiter !== ',',
    notes,
    // Of one column a blank line may be a row.
    ...(scan.records !== undefined && names.length > 1 ? { rows: scan.records - (hasHeader ? 1 : 0) } : {}),
    explain: (error) => {
      if (isQueryError(error) && error.message.includes(source.path))
        throw explain(error, source.name, scan.hasMixedBreaks);
    },
  };
}

/** The first complete records of the file, for looking at; a line break inside quotes does not end one. */
async function firstLines(source: Source): Promise<string[]> {
  const head = await headOf(source);
  const text = head.toString('utf8').replace(/^\uFEFF/, '');
  const records = text.match(/(?:[^"\r\n]|"(?:[^"]|"")*(?:"|$))+/g) ?? [];
  if (records.length === 0)
    throw new DataError('empty', `${source.name} holds no rows`, { file: source.name });
  return source.sizeBytes > head.length && records.length > 1 ? records.slice(0, -1) : records;
}

/** Enough of the file to hold its first line, which names its columns and may be long. */
async function headOf(source: Source): Promise<Buffer> {
  if (source.head.includes(10) || source.sizeBytes <= source.head.length) return source.head;
  const head = await readHead(source, mostLineBytes);
  if (!head.includes(10) && source.sizeBytes > head.length) throw lineTooLong(source.name, 1);
  return head;
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

function explain(error: Error, name: string, hasMixedBreaks: boolean): DataError {
  const line = Number(/CSV Error on Line: (\d+)/.exec(error.message)?.[1]);
  const where = Number.isFinite(line) ? `near line ${line}` : 'somewhere';
  if (/maximum line size/i.test(error.message)) return lineTooLong(name, Number.isFinite(line) ? line : 1);
  if (hasMixedBreaks)
    return new DataError(
      'format',
      `${name} ends some lines as on Windows (CR LF) and others with LF alone; save it with one kind of line break`,
      { file: name },
      error,
    );
  const what = 'a quoted value is followed by something that is not a separator';
  return new DataError('format', `${name}: ${where} ${what}; mend that row`, { file: name, line }, error);
}
