import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { DataError } from '../error.ts';

const [quote, space, lineFeed, carriageReturn] = [0x22, 0x20, 0x0a, 0x0d];

/** Where in a field the scan stands. In plain text a quote means nothing; right after a closing one it reopens. */
const [start, plain, quoted, closed] = [0, 1, 2, 3];

/**
 * Reads a delimited file once, byte by byte, to be sure of it before DuckDB reads it: DuckDB drops a last record with
 * an unclosed quote without a word, and counts lines differently from an editor.
 * @returns the number of records that are not blank, the header included, and whether one has a line break in quotes.
 * @throws DataError 'format' naming the line with another number of fields, the unclosed quote, or the wrong encoding.
 */
export async function scanCsv(
  file: { path: string; name: string },
  delimiter: string,
  fields: number,
  signal?: AbortSignal,
): Promise<{ records: number; breaksInQuotes: boolean }> {
  const separator = delimiter.charCodeAt(0);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [line, recordLine, records, count] = [1, 1, 0, 1];
  let [state, blank] = [start, true];
  let breaksInQuotes = false;

  function endRecord(): void {
    if (!blank && count !== fields) throw wrongWidth(file.name, recordLine, count, fields);
    if (!blank) records++;
    [count, state, blank, recordLine] = [1, start, true, line];
  }

  for await (const chunk of createReadStream(file.path, {
    highWaterMark: 1 << 20,
    ...(signal ? { signal } : {}),
  })) {
    const bytes: Buffer = chunk;
    requireUtf8(decoder, bytes, file.name, line);
    for (const byte of bytes) {
      if (byte === lineFeed) line++;
      if (state === quoted) {
        if (byte === quote) state = closed;
        else if (byte === lineFeed) breaksInQuotes = true;
      } else if (byte === lineFeed) {
        endRecord();
      } else if (byte === separator) {
        count++;
        state = start;
        blank = false;
      } else if (byte === quote && state !== plain) {
        state = quoted;
        blank = false;
      } else if (byte !== carriageReturn) {
        blank = false;
        if (byte !== space) state = plain;
      }
    }
  }
  if (state === quoted) {
    throw new DataError(
      'format',
      `${file.name}: line ${recordLine} opens a quote (") that is never closed; close it, or double it ("") if it is text`,
      { file: file.name, line: recordLine },
    );
  }
  endRecord();
  return { records, breaksInQuotes };
}

/** A longer line is a mistake, or a trap. */
export const mostLineBytes = 8_000_000;

export const lineTooLong = (name: string, line?: number): DataError =>
  new DataError(
    'format',
    `${name}: ${line === undefined ? 'somewhere' : `near line ${line}`} a row is longer than ${mostLineBytes / 1e6} MB; mend that row, or the line breaks of the file`,
    { file: name, line },
  );

/**
 * Whether a text file has a quote anywhere, at the speed of the disk.
 * @throws DataError 'format' when it is not UTF-8, or has a line so long that DuckDB would leave it out without a word.
 */
export async function hasQuotes(
  file: { path: string; name: string },
  signal?: AbortSignal,
): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  let quotes = false;
  let lineBytes = 0;
  for await (const chunk of createReadStream(file.path, {
    highWaterMark: 1 << 20,
    ...(signal ? { signal } : {}),
  })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = wholeCharacters(bytes);
    if (!isUtf8(bytes.subarray(0, end))) throw notUtf8(file.name);
    rest = bytes.subarray(end);
    quotes ||= bytes.includes(quote);
    const read: Buffer = chunk;
    const first = read.indexOf(lineFeed);
    lineBytes += first < 0 ? read.length : first;
    if (lineBytes > mostLineBytes) throw lineTooLong(file.name);
    if (first >= 0) lineBytes = read.length - 1 - read.lastIndexOf(lineFeed);
  }
  if (!isUtf8(rest)) throw notUtf8(file.name);
  return quotes;
}

/** The length without a last character of which bytes are still to come: at most three. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

const notUtf8 = (name: string): DataError =>
  new DataError('format', `${name} is not written in UTF-8; save it as UTF-8`, { file: name });

function wrongWidth(name: string, line: number, found: number, expected: number): DataError {
  return new DataError(
    'format',
    `${name}: line ${line} has ${found} field${found === 1 ? '' : 's'}, the header has ${expected}; ` +
      'put quotes around values that hold the separator, or fill in the missing ones',
    { file: name, line, found, expected },
  );
}

function requireUtf8(decoder: TextDecoder, bytes: Buffer, name: string, line: number): void {
  try {
    decoder.decode(bytes, { stream: true });
  } catch {
    throw new DataError(
      'format',
      `${name} is not written in UTF-8 (seen after line ${line}); save it as UTF-8`,
      { file: name },
    );
  }
}
