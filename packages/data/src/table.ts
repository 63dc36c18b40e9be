import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
} from '@duckdb/node-api';
import { DataError } from './error.ts';
import { literal } from './sql.ts';

/** What a cell of a query's answer can be, as plain JSON. */
export type Cell = string | number | boolean | null | Cell[];

/** A private DuckDB that can touch the files it was opened for and nothing else. */
export interface Tables {
  /** Runs statements for their effect. */
  run(sql: string): Promise<void>;
  /** All rows of a query, each an `R` as the query has it. Integers beyond 2^53, dates and times come as text. */
  rows<R extends Cell[] = Cell[]>(sql: string): Promise<R[]>;
  /** The only row of a query that has one, such as an aggregate. */
  row<R extends Cell[] = Cell[]>(sql: string): Promise<R>;
  /** Columns of a query's answer, without computing it. */
  describe(sql: string): Promise<{ names: string[]; types: DuckDBType[] }>;
  /** A query's answer in chunks of up to 2,048 rows, for reading at memory speed. A further statement in between ends it early. */
  chunks(sql: string): AsyncGenerator<DuckDBDataChunk>;
  /** All of what `work` changes, or nothing. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Appends chunks to an existing table whose columns have these types. */
  append(table: string, chunks: Iterable<DuckDBDataChunk> | AsyncIterable<DuckDBDataChunk>): Promise<void>;
  /** Does something by a connection of its own, while this one does something else: both read. Its temporary tables are its own. */
  beside<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
  /** Does something on one thread: sums of floats in SQL depend on the order in which threads finish. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** What DuckDB may take. */
  readonly memoryLimitBytes: number;
  close(): void;
}

export interface TablesOptions {
  /** Files that may be read. */
  inputs: readonly string[];
  /** Folders that may be read and written. */
  folders: readonly string[];
  /** Where DuckDB spills what does not fit in memory; made when first needed. */
  scratch: string;
  /** Default 1,024. */
  memoryLimitMb?: number | undefined;
  /**
   * Default 2, on a single core too: DuckDB cuts row groups by it, and files are to be the same everywhere. Sums of
   * floats depend on the order in which threads finish: what must be the same to the bit is measured by `measure`, whose
   * sums are of integers.
   */
  threads?: number | undefined;
  /** Statements are our own alone, so that settings need no lock; `alone` needs this. */
  isTrusted?: boolean | undefined;
  /** The file that holds the tables; without one they are in memory, and spill from there. */
  database?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told twice a second how much of a statement is done, between 0 and 1, and for how long it has run. */
  onStatement?: ((fraction: number, elapsedMs: number) => void) | undefined;
}

/**
 * What files take in all. One that is not there counts as nothing here: whoever reads it says so. Asked one by one without
 * a turn of the event loop for each: of fifty thousand images that is a tenth of the time.
 */
export function sizeOf(files: readonly { path: string }[]): number {
  let sizeBytes = 0;
  for (const { path } of files) sizeBytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return sizeBytes;
}

/** Where the tables of these files belong: what fits is quicker in memory, where nothing is compressed. */
export function databaseFor(
  files: readonly { path: string }[],
  database: string,
  memoryLimitMb = defaultMemoryMb,
): { database?: string } {
  return sizeOf(files) * 4 > memoryLimitMb * 1e6 ? { database } : {};
}

const defaultMemoryMb = 1024;
const progressMs = 500;

/** Opens a DuckDB with bounded memory and threads, no network, no extensions to fetch, no other files. */
export async function openTables(options: TablesOptions): Promise<Tables> {
  const threads = options.threads ?? 2;
  const instance = await DuckDBInstance.create(options.database ?? ':memory:', {
    threads: String(threads),
    memory_limit: `${options.memoryLimitMb ?? defaultMemoryMb}MB`,
    temp_directory: options.scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const folders = options.folders.map((folder) => literal(folder.endsWith('/') ? folder : `${folder}/`));
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  await connection.run(`SET allowed_paths = [${options.inputs.map(literal).join(', ')}]`);
  await connection.run(`SET allowed_directories = [${folders.join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  if (options.onStatement) {
    // DuckDB measures progress for a bar alone.
    await connection.run('SET enable_progress_bar = true');
    await connection.run('SET enable_progress_bar_print = false');
  }
  if (!options.isTrusted) await connection.run('SET lock_configuration = true');
  const tables = boundTables(instance, connection, threads, options);
  return {
    ...tables,
    close() {
      tables.close();
      instance.closeSync();
    },
  };
}

/** The tables for reading one Parquet file. */
export function openParquet(
  path: string,
  options: { threads?: number; signal?: AbortSignal } = {},
): Promise<Tables> {
  return openTables({
    inputs: [path],
    folders: [],
    scratch: join(tmpdir(), `banyan-${randomUUID()}`),
    ...options,
  });
}

function boundTables(
  instance: DuckDBInstance,
  connection: DuckDBConnection,
  threads: number,
  { signal, onStatement, memoryLimitMb }: Pick<TablesOptions, 'signal' | 'onStatement' | 'memoryLimitMb'>,
): Tables {
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });

  function tell(elapsedMs: number): void {
    const { percentage } = connection.progress;
    if (percentage >= 0) onStatement?.(Math.min(1, percentage / 100), elapsedMs);
  }

  /** Does one thing with the connection; an abort wins over the error that it causes. */
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const since = Date.now();
    const watch = onStatement && setInterval(() => tell(Date.now() - since), progressMs);
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw translate(error);
    } finally {
      clearInterval(watch);
    }
  }

  async function rows<R extends Cell[]>(sql: string): Promise<R[]> {
    return guarded(async () => (await connection.runAndReadAll(sql)).convertRows(toCell) as R[]);
  }

  return {
    memoryLimitBytes: (memoryLimitMb ?? defaultMemoryMb) * 1e6,
    run: (sql) => guarded(async () => void (await connection.run(sql))),
    rows,
    row: async <R extends Cell[]>(sql: string) => (await rows<R>(sql))[0]!,
    describe: (sql) =>
      guarded(async () => {
        const prepared = await connection.prepare(sql);
        const count = prepared.columnCount;
        const at = Array.from({ length: count }, (_, i) => i);
        const described = {
          names: at.map((i) => prepared.columnName(i)),
          types: at.map((i) => prepared.columnType(i)),
        };
        prepared.destroySync();
        return described;
      }),
    async *chunks(sql) {
      const result = await guarded(() => connection.stream(sql));
      for (;;) {
        const chunk = await guarded(() => result.fetchChunk());
        if (!chunk || chunk.rowCount === 0) return;
        yield chunk;
      }
    },
    append: (table, chunks) =>
      guarded(async () => {
        const appender = await connection.createAppender(table);
        for await (const chunk of chunks) {
          signal?.throwIfAborted();
          appender.appendDataChunk(chunk);
        }
        appender.closeSync();
      }),
    async transaction(work) {
      await guarded(() => connection.run('BEGIN'));
      try {
        const result = await work();
        await guarded(() => connection.run('COMMIT'));
        return result;
      } catch (error) {
        // A statement that failed has ended the transaction already, or an interrupt has.
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    async beside(work) {
      const other = boundTables(instance, await instance.connect(), threads, { signal, memoryLimitMb });
      try {
        return await work(other);
      } finally {
        other.close();
      }
    },
    async alone(work) {
      await guarded(() => connection.run('SET threads = 1'));
      try {
        return await work();
      } finally {
        await connection.run(`SET threads = ${threads}`);
      }
    },
    close() {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    },
  };
}

/** A DuckDB value as JSON: what JSON has no form for becomes text. */
function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'object' && 'items' in value && Array.isArray(value.items)) {
    return value.items.map(toCell);
  }
  if (typeof value === 'object' && 'bytes' in value && value.bytes instanceof Uint8Array) {
    return Buffer.from(value.bytes).toString('base64');
  }
  // Dates, times and the like write themselves in ISO 8601.
  return (value as { toString(): string }).toString();
}

/** Whether DuckDB refused a statement, rather than an abort or one of our own errors having ended it. */
export function isQueryError(error: unknown): error is Error {
  return (
    error instanceof Error && !(error instanceof DataError) && /^[A-Z][\w ]* Error: /.test(error.message)
  );
}

/** The two faults of the machine, not of the data, get a sentence that says what to do. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DataError) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || /no space left|disk quota|disk full/i.test(error.message)) {
    return new DataError('disk', 'the disk is full; free some space and try again', {}, error);
  }
  if (/max_temp_directory_size/.test(error.message)) {
    return new DataError(
      'disk',
      'the data does not fit into the scratch space; free some space and try again',
      {},
      error,
    );
  }
  if (/^Out of Memory/i.test(error.message)) {
    return new DataError(
      'too-large',
      'the data needs more memory than allowed; take fewer rows or raise memoryLimitMb',
      {},
      error,
    );
  }
  return error;
}
