import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from '../error.ts';

export type Format = 'csv' | 'json' | 'jsonl' | 'parquet' | 'text' | 'idx';

/** A file as given: where it is, and what a person calls it (the path may be a blob's digest). */
export interface InputFile {
  path: string;
  name: string;
}

/** A file ready to be read: unpacked, its format known. */
export interface Source extends InputFile {
  format: Format;
  /** The first bytes, enough to see how the file is written; of texts and Parquet files a few. */
  head: Buffer;
  sizeBytes: number;
}

const headBytes = 1 << 16;

const formats: Record<string, Format> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  pq: 'parquet',
  txt: 'text',
  text: 'text',
  md: 'text',
  idx: 'idx',
};

/** What a file's first bytes give away, for files that are something else than their name says. */
const signatures: { name: string; bytes: number[] }[] = [
  { name: 'a ZIP archive or an Excel file', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'an old Excel file', bytes: [0xd0, 0xcf, 0x11, 0xe0] },
  { name: 'a PDF', bytes: [0x25, 0x50, 0x44, 0x46] },
  { name: 'a PNG image', bytes: [0x89, 0x50, 0x4e, 0x47] },
  { name: 'a JPEG image', bytes: [0xff, 0xd8, 0xff] },
  { name: 'a Parquet file', bytes: [0x50, 0x41, 0x52, 0x31] },
];

/**
 * Looks at each file, unpacks .gz into `scratch`, and names its format by its extension or else its first bytes.
 * @throws DataError 'too-large' beyond `maxBytes` in all (unpacked), 'empty' for an empty file, 'format' otherwise.
 */
export async function openSources(
  files: readonly InputFile[],
  scratch: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Source[]> {
  if (files.length === 0) throw new DataError('empty', 'no file was given; name at least one');
  const sources: Source[] = [];
  let totalBytes = 0;
  for (const [index, given] of files.entries()) {
    const target = join(scratch, `unpacked-${index}`);
    const file = await unpack(given, target, { maxBytes, leftBytes: maxBytes - totalBytes }, signal);
    const { size } = await stat(file.path);
    totalBytes += size;
    if (totalBytes > maxBytes) throw tooLarge(file.name, maxBytes);
    if (size === 0) throw new DataError('empty', `${file.name} is empty`, { file: file.name });
    const head = await readHead(file, headBytes);
    const format = formatOf(file.name, head);
    // Of a hundred thousand texts the heads alone would be gigabytes.
    const kept = format === 'text' || format === 'parquet' ? Buffer.from(head.subarray(0, 16)) : head;
    sources.push({ ...file, head: kept, sizeBytes: size, format });
  }
  return sources;
}

/** The first bytes of a file. */
export async function readHead(file: InputFile, count: number): Promise<Buffer> {
  const handle = await open(file.path).catch((error: unknown) => {
    throw new DataError('format', `${file.name} cannot be read; is it there?`, { file: file.name }, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return bytesRead < count ? Buffer.from(buffer.subarray(0, bytesRead)) : buffer;
  } finally {
    await handle.close();
  }
}

/** A gzip file is unpacked beside the rest of the scratch data; any other is left alone. */
async function unpack(
  file: InputFile,
  target: string,
  { maxBytes, leftBytes }: { maxBytes: number; leftBytes: number },
  signal?: AbortSignal,
): Promise<InputFile> {
  const head = await readHead(file, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return file;
  const { size } = await stat(file.path);
  // What is written must leave room for the tables that are made of it.
  const { bavail, bsize } = await statfs(dirname(target));
  const roomBytes = (bavail * bsize) / 2;
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > leftBytes) done(tooLarge(file.name, maxBytes));
      else if (bytes > roomBytes) done(noRoom(file.name, roomBytes));
      else if (bytes > bombBytes && bytes > size * bombRatio) done(bomb(file.name));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(
      createReadStream(file.path),
      createGunzip(),
      bounded,
      createWriteStream(target),
      ...(signal ? [{ signal }] : []),
    );
  } catch (error) {
    await rm(target, { force: true });
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new DataError(
        'format',
        `${file.name}: the gzip data is damaged; compress it again`,
        { file: file.name },
        error,
      );
    }
    throw error;
  }
  return { path: target, name: file.name.replace(/\.gz$/i, '') };
}

/** Tables shrink to a twentieth, seldom to a hundredth; gzip's limit is a thousandth, which only made-up files reach. */
const [bombBytes, bombRatio] = [200e6, 250];

const bomb = (name: string): DataError =>
  new DataError(
    'too-large',
    `${name} unpacks to more than ${bombRatio} times its size, as no real table does; upload it as it is, not packed`,
    { file: name },
  );

const noRoom = (name: string, roomBytes: number): DataError =>
  new DataError(
    'disk',
    `${name} unpacks to more than the ${Math.round(roomBytes / 1e6)} MB that the disk has for it; free some space and try again`,
    { file: name },
  );

function tooLarge(name: string, maxBytes: number): DataError {
  return new DataError(
    'too-large',
    `${name}: more than the ${Math.round(maxBytes / 1e6)} MB allowed; split the data or raise maxBytes`,
    { file: name, maxBytes },
  );
}

function formatOf(name: string, head: Buffer): Format {
  const extension = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const byName = formats[extension];
  if (byName === 'parquet' || (!byName && head.subarray(0, 4).toString('latin1') === 'PAR1'))
    return 'parquet';
  if (byName === 'idx' || isIdx(head)) return 'idx';
  if (!byName) {
    throw new DataError(
      'format',
      `${name}: Banyan reads .csv, .tsv, .json, .jsonl, .parquet, .txt and IDX files (each also as .gz); convert it to one of them`,
      { file: name },
    );
  }
  requireText(name, head);
  return byName;
}

/** IDX begins with two zero bytes, a type code and the number of dimensions. */
function isIdx(head: Buffer): boolean {
  return (
    head[0] === 0 && head[1] === 0 && [8, 9, 11, 12, 13, 14].includes(head[2] ?? 0) && (head[3] ?? 0) > 0
  );
}

function requireText(name: string, head: Buffer): void {
  const found = signatures.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  if (found) {
    throw new DataError(
      'format',
      `${name} is ${found.name}, not what its name says; export it as CSV, JSON or Parquet`,
      { file: name },
    );
  }
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (utf16) throw new DataError('format', `${name} is written in UTF-16; save it as UTF-8`, { file: name });
  if (head.includes(0)) {
    throw new DataError('format', `${name} holds binary data, not text; export it as CSV, JSON or Parquet`, {
      file: name,
    });
  }
}
