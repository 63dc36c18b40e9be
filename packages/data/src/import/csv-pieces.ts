import { open, stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { DataError } from '../error.ts';
import { addPieces, type CsvScan, type Piece, type PieceTask, scanPiece } from './csv-scan.ts';

export interface ScanOptions {
  hasHeader: boolean;
  missing: readonly string[];
  /** Pieces that are read beside one another; default 2. */
  threads?: number | undefined;
  /** A file with less in each piece is read as one. Default 32 MB. */
  leastBytes?: number;
  signal?: AbortSignal | undefined;
  /** Told how many bytes have been read. */
  onRead?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a delimited file once, byte by byte, to be sure of it before DuckDB reads it: DuckDB drops a last record with
 * an unclosed quote without a word, and counts lines differently from an editor. On the way it sees which columns can be
 * read as they are, so that DuckDB need not look at each cell in several ways. A large file is read in pieces by several
 * threads.
 * @throws DataError 'format' naming the line with another number of fields, the unclosed quote, a line so long that DuckDB
 * would leave it out without a word, or the wrong encoding.
 */
export async function scanCsv(
  file: { path: string; name: string },
  delimiter: string,
  fields: number,
  options: ScanOptions,
): Promise<CsvScan> {
  const { hasHeader, missing, signal, onRead } = options;
  const whole: PieceTask = {
    path: file.path,
    name: file.name,
    delimiter,
    fields,
    hasHeader,
    missing,
    start: 0,
  };
  const tasks = await cut(whole, options);
  const pieces = tasks.length > 1 ? await inThreads(tasks, signal, onRead) : undefined;
  if (pieces) return addPieces(pieces);
  const piece = await scanPiece(whole, { signal, onRead });
  if (piece.openQuoteLine !== undefined)
    throw new DataError(
      'format',
      `${file.name}: line ${piece.openQuoteLine} opens a quote (") that is never closed; close it, or double it ("") if it is text`,
      { file: file.name, line: piece.openQuoteLine },
    );
  return addPieces([piece]);
}

/** A file's whole lines in pieces of about the same size. */
async function cut(whole: PieceTask, { threads = 2, leastBytes = 32e6 }: ScanOptions): Promise<PieceTask[]> {
  const { size } = await stat(whole.path);
  const count = Math.min(threads, Math.floor(size / leastBytes));
  const tasks: PieceTask[] = [];
  await using file = await open(whole.path);
  let start = 0;
  for (let piece = 1; piece < count; piece++) {
    const near = Math.floor((size * piece) / count);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 20), 0, 1 << 20, near);
    const end = near + buffer.subarray(0, bytesRead).indexOf('\n') + 1;
    // A line of a megabyte stays in one piece.
    if (end === near || end <= start) continue;
    tasks.push({ ...whole, hasHeader: whole.hasHeader && start === 0, start, end });
    start = end;
  }
  return [...tasks, { ...whole, hasHeader: whole.hasHeader && start === 0, start }];
}

/** What a thread says, last of all the piece. */
export type FromThread = { read: number } | { piece: Piece } | 'refused';

/**
 * The pieces, each read by a thread of its own. Undefined if one cannot be read or ends within quotes: then the next began
 * within them, where a line break is no end of a line, and what is wrong can only be told from the file's first line on.
 */
async function inThreads(
  tasks: readonly PieceTask[],
  signal: AbortSignal | undefined,
  onRead: ScanOptions['onRead'],
): Promise<Piece[] | undefined> {
  signal?.throwIfAborted();
  const threads: Worker[] = [];
  const bytes = tasks.map(() => 0);
  const read = (task: PieceTask, i: number): Promise<Piece | undefined> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./csv-thread.ts', import.meta.url), {
        workerData: task,
        name: 'csv',
      });
      threads.push(thread);
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`the thread that reads ${task.name} ended with ${code}`)));
      thread.on('message', (said: FromThread) => {
        if (said === 'refused') resolve(undefined);
        else if ('piece' in said) resolve(said.piece);
        else {
          bytes[i] = said.read;
          onRead?.(bytes.reduce((sum, read) => sum + read, 0));
        }
      });
    });
  const stop = Promise.withResolvers<never>();
  const abort = () => stop.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const pieces = await Promise.race([Promise.all(tasks.map(read)), stop.promise]);
    const sound = pieces.flatMap((piece) => (piece && piece.openQuoteLine === undefined ? [piece] : []));
    return sound.length === tasks.length ? sound : undefined;
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
