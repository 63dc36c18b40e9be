import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { identifier, literal, literals } from '../sql.ts';
import { QueryError, type QueryLimits, type QueryTable } from './question.ts';

const interruptMs = 50;

/** A DuckDB for one question: it reads the tables' files, and cannot reach anything else. */
export interface Sandbox {
  connection: DuckDBConnection;
  /** Rows of a query, at most `most` of them, stopping early when `enough` says so. */
  read(sql: string, most: number, onRow: (row: DuckDBValue[]) => boolean): Promise<Columns>;
  rows(sql: string): Promise<DuckDBValue[][]>;
  close(): void;
}

export interface Columns {
  names: string[];
  types: DuckDBType[];
  /** `most` rows were read, or `onRow` wanted no more, and there were others. */
  more: boolean;
}

/**
 * Opens it: in memory; extensions neither fetched nor loaded; no file but the tables'; its configuration locked; memory
 * and spilled bytes bounded. After `timeMs` everything that still runs is interrupted.
 */
export async function openSandbox(
  tables: readonly QueryTable[],
  limits: QueryLimits,
  scratch: string,
): Promise<Sandbox> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${limits.memoryMb}MB`,
    temp_directory: join(scratch, `spill-${randomUUID()}`),
    max_temp_directory_size: `${4 * limits.memoryMb}MB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  const paths = tables.flatMap((table) => table.files.map((file) => file.path));
  const clean = cleaner(paths, limits);
  // More than once: what comes between two statements stops neither.
  let timer = setTimeout(function interrupt() {
    connection.interrupt();
    timer = setTimeout(interrupt, interruptMs);
  }, limits.timeMs);

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw clean(error);
    }
  }

  const sandbox: Sandbox = {
    connection,
    read: (sql, most, onRow) =>
      guarded(async () => {
        const result = await connection.stream(sql);
        const columns = { names: result.columnNames(), types: result.columnTypes(), more: false };
        for (let read = 0; ; ) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return columns;
          for (const row of chunk.getRows()) {
            if (read++ >= most || !onRow(row)) return { ...columns, more: true };
          }
        }
      }),
    rows: (sql) => guarded(async () => (await connection.runAndReadAll(sql)).getRows()),
    close() {
      clearTimeout(timer);
      connection.closeSync();
      instance.closeSync();
    },
  };
  try {
    await guarded(async () => {
      await connection.run(`SET TimeZone = 'UTC'`);
      await connection.run(`SET allowed_paths = ${literals(paths)}`);
      for (const table of tables)
        await connection.run(`CREATE VIEW ${identifier(table.name)} AS SELECT * FROM ${scan(table)}`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
    });
    return sandbox;
  } catch (error) {
    sandbox.close();
    throw error;
  }
}

/** The rows of a table's files, one file below the other. */
export const scan = (table: QueryTable): string =>
  `read_parquet([${table.files.map((file) => literal(file.path)).join(', ')}])`;

/** Errors in words for whoever asked: limits explained, no path of this machine. */
function cleaner(paths: readonly string[], limits: QueryLimits): (error: unknown) => unknown {
  const folders = [...new Set(paths.map(dirname))].sort((a, b) => b.length - a.length);
  return (error) => {
    if (!(error instanceof Error) || error instanceof QueryError) return error;
    const { message } = error;
    if (/^INTERRUPT Error/i.test(message))
      return new QueryError(
        'time',
        `This took longer than ${limits.timeMs / 1000} s and was stopped. Ask for fewer rows, or filter before joining and sorting.`,
      );
    if (/Out of Memory|max_temp_directory_size|could not allocate/i.test(message))
      return new QueryError(
        'memory',
        `This needs more than the ${limits.memoryMb} MB of memory that a query has. Filter or aggregate earlier.`,
      );
    let told = message;
    for (const path of paths) told = told.replaceAll(path, 'the table');
    for (const folder of folders) told = told.replaceAll(folder, '');
    told = told
      .replace(/read_parquet\(\[?[^)]*\)?/g, 'the table')
      .replace(/(["']?)\/[\w./@%+~-]{3,}\1/g, 'a file');
    if (/^[A-Z][\w ]* Error: /.test(told)) return new QueryError('sql', told.slice(0, 2000));
    return error;
  };
}
