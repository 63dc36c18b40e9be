import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { DataError } from '../error.ts';

const [quote, space, lineFeed, carriageReturn] = [0x22, 0x20, 0x0a, 0x0d];

/** What a byte is, as a bit of what a field is made of. The last two end a field, or call for a closer look. */
const [digit, sign, fraction, blank, other, carriage, special, ender] = [1, 2, 4, 8, 16, 32, 64, 128];

function kindsOf(separator: number): Uint8Array {
  const kinds = new Uint8Array(256).fill(other);
  for (const byte of Buffer.from('0123456789')) kinds[byte] = digit;
  for (const byte of Buffer.from('+-')) kinds[byte] = sign;
  for (const byte of Buffer.from('.eE')) kinds[byte] = fraction;
  for (const byte of Buffer.from(' \t')) kinds[byte] = blank;
  kinds[carriageReturn] = carriage;
  kinds[quote] = special;
  kinds[lineFeed] = ender;
  kinds[separator] = ender;
  return kinds;
}

/** What all cells of a column that are not empty may be read as without a further look. */
export interface Plain {
  /** Digits with at most a sign, none of them a leading zero; whole if they are where they should be. */
  integer: boolean;
  /** The same with a point and an exponent. */
  number: boolean;
  /** Text that neither begins nor ends with a space, and is no word for a missing value. */
  text: boolean;
}

export interface CsvScan {
  /** Those that are not blank, the header included; undefined when line breaks of two kinds leave it open. */
  records: number | undefined;
  /** Whether a field has a line break in quotes. */
  breaksInQuotes: boolean;
  /** Whether some lines end as on Windows and others as elsewhere, which DuckDB refuses in other words. */
  hasMixedBreaks: boolean;
  /** Of each column, the header left out; empty when line breaks of two kinds leave it open. */
  plain: Plain[];
}

const [noInteger, noNumber, noText] = [1, 2, 4];

/** How far a scan has come; a field, a record and a pair of quotes may reach over two pieces of the file. */
interface Scan {
  name: string;
  separator: number;
  kinds: Uint8Array;
  fields: number;
  isMissing: (bytes: Buffer, from: number, end: number) => boolean;
  /** Of each column. */
  flags: Uint8Array;
  /** Records before this one are no data: the header. */
  firstData: number;
  /** The line that is read, and that on which its record began. */
  line: number;
  recordLine: number;
  /** Whole ones. */
  records: number;
  /** Fields of this record, with the one that is read. */
  count: number;
  /** Whether a piece ended within quotes. */
  isQuoted: boolean;
  breaksInQuotes: boolean;
  /** Line breaks of each kind. */
  breaks: { windows: number; other: number; lone: boolean };
}

/** What to look for in a piece of a file: whole lines of it. */
export interface PieceTask {
  path: string;
  name: string;
  delimiter: string;
  fields: number;
  /** Whether its first record is the header. */
  hasHeader: boolean;
  missing: readonly string[];
  /** In bytes; without an end to that of the file. */
  start: number;
  end?: number | undefined;
}

/** What a piece of a file is found to be; those of all pieces add up. */
export interface Piece {
  /** Those that are not blank. */
  records: number;
  /** Of each column, bits of what its cells are not. */
  flags: Uint8Array;
  /** Line breaks of each kind. */
  breaks: { windows: number; other: number; lone: boolean };
  breaksInQuotes: boolean;
  /** The line with the quote that is still open at the end, counted from that of the piece. */
  openQuoteLine: number | undefined;
}

/** Read before it is told again how much has been. */
const toldBytes = 16e6;

/**
 * Reads whole lines of a delimited file, which begin outside of quotes, byte by byte.
 * @throws DataError 'format' naming the line, counted from the piece's first: see `scanCsv`.
 */
export async function scanPiece(
  task: PieceTask,
  options: { signal?: AbortSignal | undefined; onRead?: ((bytes: number) => void) | undefined } = {},
): Promise<Piece> {
  const separator = task.delimiter.charCodeAt(0);
  const scan: Scan = {
    name: task.name,
    separator,
    kinds: kindsOf(separator),
    fields: task.fields,
    isMissing: oneOf(task.missing),
    flags: new Uint8Array(task.fields),
    firstData: task.hasHeader ? 1 : 0,
    line: 1,
    recordLine: 1,
    records: 0,
    count: 1,
    isQuoted: false,
    breaksInQuotes: false,
    breaks: { windows: 0, other: 0, lone: false },
  };
  let rest: Buffer = Buffer.alloc(0);
  let [read, told] = [0, 0];
  for await (const chunk of createReadStream(task.path, {
    highWaterMark: 1 << 20,
    start: task.start,
    // The last byte that is read.
    ...(task.end === undefined ? {} : { end: task.end - 1 }),
    ...(options.signal ? { signal: options.signal } : {}),
  })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = bytes.lastIndexOf(lineFeed) + 1;
    const lines = bytes.subarray(0, end);
    rest = bytes.subarray(end);
    requireUtf8(lines, scan);
    requireShort(lines, rest, task.name);
    passLines(scan, lines);
    read += chunk.length;
    if (read < told + toldBytes) continue;
    told = read;
    options.onRead?.(read);
  }
  options.onRead?.(read);
  requireUtf8(rest, scan);
  const { breaks } = scan;
  // A last line without its break ends as if it had one.
  if (rest.length > 0) {
    passLines(scan, Buffer.concat([rest, Buffer.from('\n')]));
    breaks.other--;
  }
  return {
    records: scan.records,
    flags: scan.flags,
    breaks,
    breaksInQuotes: scan.breaksInQuotes,
    openQuoteLine: scan.isQuoted ? scan.recordLine : undefined,
  };
}

/** What the pieces of a file, the last of which ends outside of quotes, say of it. */
export function addPieces(pieces: readonly Piece[]): CsvScan {
  const has = (test: (piece: Piece) => boolean): boolean => pieces.some(test);
  const isLone = has(({ breaks }) => breaks.lone);
  const hasMixedBreaks = has(({ breaks }) => breaks.windows > 0) && has(({ breaks }) => breaks.other > 0);
  const flags = pieces[0]!.flags.map((_, i) => pieces.reduce((all, piece) => all | piece.flags[i]!, 0));
  return {
    records: isLone ? undefined : pieces.reduce((sum, { records }) => sum + records, 0),
    breaksInQuotes: has((piece) => piece.breaksInQuotes),
    hasMixedBreaks,
    plain: isLone || hasMixedBreaks ? [] : Array.from(flags, plainOf),
  };
}

const plainOf = (flags: number): Plain => ({
  integer: (flags & noInteger) === 0,
  number: (flags & noNumber) === 0,
  text: (flags & noText) === 0,
});

/** Goes over whole lines. */
function passLines(scan: Scan, bytes: Buffer): void {
  const { kinds, fields, flags, firstData, breaks } = scan;
  for (let i = 0; i < bytes.length; i++) {
    const from = i;
    let seen = 0;
    if (!scan.isQuoted) {
      let kind = kinds[bytes[i]!]!;
      while (kind < ender) {
        seen |= kind;
        i++;
        kind = kinds[bytes[i]!]!;
      }
    }
    const hasQuotes = scan.isQuoted || seen >= special;
    if (hasQuotes) {
      i = endOfQuoted(scan, bytes, from);
      if (i === bytes.length) return;
    }
    const isEnd = bytes[i] === lineFeed;
    const hasReturn = isEnd && i > 0 && bytes[i - 1] === carriageReturn;
    const end = hasReturn && i > from ? i - 1 : i;
    if (!hasQuotes && (seen & carriage) > 0) {
      seen = kindsIn(kinds, bytes, from, end);
      breaks.lone ||= (seen & carriage) > 0;
    }
    if (scan.records >= firstData && scan.count <= fields) {
      if (hasQuotes) flags[scan.count - 1]! |= noInteger | noNumber | noText;
      else if (end > from) flags[scan.count - 1]! |= look(scan, bytes, from, end, seen);
    }
    if (!isEnd) {
      scan.count++;
      continue;
    }
    if (hasReturn) breaks.windows++;
    else breaks.other++;
    endRecord(scan, !hasQuotes && end === from);
  }
}

function endRecord(scan: Scan, isEmpty: boolean): void {
  const { name, recordLine, count, fields, breaks } = scan;
  if (count > 1 || !isEmpty) {
    if (count !== fields && !breaks.lone) throw wrongWidth(name, recordLine, count, fields);
    scan.records++;
  }
  scan.line++;
  scan.recordLine = scan.line;
  scan.count = 1;
}

function kindsIn(kinds: Uint8Array, bytes: Buffer, from: number, end: number): number {
  let seen = 0;
  for (let i = from; i < end; i++) seen |= kinds[bytes[i]!]!;
  return seen;
}

/**
 * Where a field with a quote ends; the end of the bytes if that is within quotes. A quote opens only before any text, and
 * means nothing within text; right after a closing one it reopens.
 */
function endOfQuoted(scan: Scan, bytes: Buffer, from: number): number {
  let isPlain = false;
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (scan.isQuoted) {
      if (byte === quote) scan.isQuoted = false;
      else if (byte === lineFeed) {
        scan.line++;
        scan.breaksInQuotes = true;
      }
    } else if (byte === scan.separator || byte === lineFeed) return i;
    else if (byte === quote && !isPlain) scan.isQuoted = true;
    else if (byte !== space && byte !== carriageReturn) isPlain = true;
  }
  return bytes.length;
}

/** What a field of one byte or more, made of the kinds `seen`, is not. */
function look(scan: Scan, bytes: Buffer, from: number, end: number, seen: number): number {
  const { kinds } = scan;
  const first = bytes[from]!;
  if (seen < blank) {
    const at = kinds[first] === sign ? from + 1 : from;
    const isPadded = bytes[at] === 0x30 && at + 1 < end && kinds[bytes[at + 1]!] === digit;
    // A lone sign or point stands for a missing value.
    if (isPadded || (seen & digit) === 0 || end - from > mostNumberBytes) return noInteger | noNumber;
    return seen < fraction && end - from <= mostDigits ? 0 : noInteger;
  }
  const hasEdge = (seen & blank) > 0 && (kinds[first] === blank || kinds[bytes[end - 1]!] === blank);
  return noInteger | noNumber | (hasEdge || scan.isMissing(bytes, from, end) ? noText : 0);
}

/** What surely fits into 64 bits, and what is too long to be a number rather than an identifier. */
const [mostDigits, mostNumberBytes] = [18, 40];

/** Whether a field is one of these words of ASCII, in any case; two bytes tell most that are not. */
function oneOf(words: readonly string[]): (bytes: Buffer, from: number, end: number) => boolean {
  const known = new Set(words);
  const longest = Math.max(...words.map((word) => word.length));
  const mayBegin = new Uint8Array(1 << 16);
  for (const word of words)
    for (const first of casesOf(word[0]))
      for (const second of casesOf(word[1])) mayBegin[(first << 8) | second] = 1;
  return (bytes, from, end) =>
    end - from <= longest &&
    end - from >= 2 &&
    mayBegin[(bytes[from]! << 8) | bytes[from + 1]!] === 1 &&
    known.has(bytes.toString('latin1', from, end).toLowerCase());
}

const casesOf = (letter: string | undefined): number[] =>
  letter === undefined ? [] : [letter.toLowerCase().charCodeAt(0), letter.toUpperCase().charCodeAt(0)];

/** A longer line is a mistake, or a trap. */
export const mostLineBytes = 8_000_000;

export const lineTooLong = (name: string, line?: number): DataError =>
  new DataError(
    'format',
    `${name}: ${line === undefined ? 'somewhere' : `near line ${line}`} a row is longer than ${mostLineBytes / 1e6} MB; mend that row, or the line breaks of the file`,
    { file: name, line },
  );

/** The lines of a piece of the file, and what is there of the next one, are not too long. */
function requireShort(lines: Buffer, next: Buffer, name: string): void {
  if (next.length > mostLineBytes) throw lineTooLong(name);
  if (lines.length <= mostLineBytes) return;
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf(lineFeed, at);
    if (end - at > mostLineBytes) throw lineTooLong(name);
    at = end + 1;
  }
}

function wrongWidth(name: string, line: number, found: number, expected: number): DataError {
  return new DataError(
    'format',
    `${name}: line ${line} has ${found} field${found === 1 ? '' : 's'}, the header has ${expected}; ` +
      'put quotes around values that hold the separator, or fill in the missing ones',
    { file: name, line, found, expected },
  );
}

function requireUtf8(bytes: Buffer, { name, line }: Scan): void {
  if (isUtf8(bytes)) return;
  throw new DataError(
    'format',
    `${name} is not written in UTF-8 (seen after line ${line}); save it as UTF-8`,
    { file: name },
  );
}
