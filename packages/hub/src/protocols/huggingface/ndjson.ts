import { HubError } from '@banyan/contract';

/** Lines up to this long are parsed whole; of a longer one the content is decoded while it passes. */
const wholeLineBytes = 4 << 20;
/** What a longer line may hold before and after the content of its file: its path and little else. */
const aroundContentBytes = 64 << 10;
const decodedTogetherBytes = 1 << 20;
const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;

/** A line of a commit: its JSON, and the content that was too long to be in it, as pieces of decoded bytes. */
export interface Line {
  text: string;
  /**
   * Of a long line alone. The bytes of its `content`; they must be read to the end, then `rest()` gives the line's
   * JSON with an empty content.
   */
  content?: { bytes: AsyncGenerator<Buffer>; rest(): Promise<string> };
}

/**
 * Splits a body into lines, of which a file's may be hundreds of megabytes long: its base64 is decoded while it passes, so
 * that no more than `wholeLineBytes` of it are ever held. Blank lines are skipped. Throws BAD_INPUT, TOO_LARGE.
 */
export async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const chunks = body[Symbol.asyncIterator]();
  const source = new Source(chunks);
  try {
    for (;;) {
      const read = await source.readLine(wholeLineBytes);
      if (read === undefined) return;
      const { line, whole } = read;
      const text = whole ? line.toString('utf8') : undefined;
      if (text === undefined) yield longLine(source, line);
      else if (text.trim() !== '') yield { text };
    }
  } finally {
    await chunks.return?.();
  }
}

/** A line of which this is the beginning. */
function longLine(source: Source, line: Buffer): Line {
  const start = contentStart(line.subarray(0, aroundContentBytes).toString('latin1'));
  if (start === undefined)
    throw new HubError(
      'TOO_LARGE',
      `A line of a commit without file content may have ${wholeLineBytes} bytes.`,
    );
  const before = line.subarray(0, start).toString('utf8');
  source.unread(line.subarray(start));
  const rest = async (): Promise<string> => {
    const after = await source.readLine(aroundContentBytes);
    if (after?.whole !== true)
      throw new HubError('TOO_LARGE', 'A file in a commit has too much beside its content.');
    return before + after.line.toString('utf8');
  };
  return { text: '', content: { bytes: decodeContent(source), rest } };
}

/** Chunks of a body, of which the unused end can be given back. */
class Source {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer | undefined;

  constructor(chunks: AsyncIterator<Buffer>) {
    this.#chunks = chunks;
  }

  async read(): Promise<Buffer | undefined> {
    const left = this.#left;
    this.#left = undefined;
    if (left !== undefined && left.length > 0) return left;
    const next = await this.#chunks.next();
    return next.done === true ? undefined : next.value;
  }

  unread(bytes: Buffer): void {
    this.#left = bytes;
  }

  /** A line without its end; the first bytes of one that is longer than `most`. */
  async readLine(most: number): Promise<{ line: Buffer; whole: boolean } | undefined> {
    const pieces: Buffer[] = [];
    let size = 0;
    for (;;) {
      const chunk = await this.read();
      if (chunk === undefined) return size === 0 ? undefined : { line: Buffer.concat(pieces), whole: true };
      const end = chunk.indexOf(newline);
      const piece = end < 0 ? chunk : chunk.subarray(0, end);
      if (end >= 0) this.unread(chunk.subarray(end + 1));
      pieces.push(piece);
      size += piece.length;
      if (end >= 0) return { line: Buffer.concat(pieces), whole: true };
      if (size > most) return { line: Buffer.concat(pieces), whole: false };
    }
  }
}

/** Where the string `{"...": {"content": "` begins, in the text before it; undefined when there is none. */
function contentStart(text: string): number | undefined {
  const string = /"(?:[^"\\]|\\.)*"/y;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    if (character !== '"') {
      at += 1;
      continue;
    }
    string.lastIndex = at;
    const [found] = string.exec(text) ?? [];
    if (found === undefined) return undefined;
    at += found.length;
    const [colon] = /^\s*:\s*"/.exec(text.slice(at, at + 16)) ?? [];
    if (found === '"content"' && depth === 2 && colon !== undefined) return at + colon.length;
  }
  return undefined;
}

/** Decodes base64 up to its closing quote, which is left to be read. Throws BAD_INPUT for what is not base64. */
async function* decodeContent(source: Source): AsyncGenerator<Buffer> {
  let carried = '';
  for (;;) {
    const read = await source.read();
    if (read === undefined) throw new HubError('BAD_INPUT', 'The commit ends in the middle of a file.');
    // The beginning of the line is one large piece: it is decoded in small ones.
    const chunk = read.subarray(0, decodedTogetherBytes);
    source.unread(read.subarray(chunk.length));
    const end = chunk.indexOf(quote);
    const piece = end < 0 ? chunk : chunk.subarray(0, end);
    if (piece.includes(backslash)) throw notBase64();
    const text = carried + piece.toString('latin1');
    const complete = end < 0 ? text.length - (text.length % 4) : text.length;
    carried = text.slice(complete);
    if (complete > 0) yield decodeBase64(text.slice(0, complete), end >= 0);
    if (end < 0) continue;
    source.unread(read.subarray(end));
    return;
  }
}

/** Node skips what is not base64; here it is refused, by the size that comes out. */
export function decodeBase64(text: string, last = true): Buffer {
  const padding = last ? (/={0,2}$/.exec(text)?.[0].length ?? 0) : 0;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== Math.floor(((text.length - padding) * 3) / 4)) throw notBase64();
  return bytes;
}

const notBase64 = (): HubError =>
  new HubError('BAD_INPUT', 'The content of a file in this commit is not base64.', { field: 'content' });
