import { readFile } from 'node:fs/promises';
import { DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import { DataError } from '../error.ts';
import type { Tables } from '../table.ts';
import type { Source } from './source.ts';

/** Reads plain text files into a table of one column, `text`: one row a document, a document a file. */
export async function importText(tables: Tables, sources: readonly Source[], table: string): Promise<void> {
  await tables.run(`CREATE TABLE ${table} (text VARCHAR)`);
  await tables.append(table, documents(sources));
}

async function* documents(sources: readonly Source[]): AsyncGenerator<DuckDBDataChunk> {
  for (const source of sources) {
    const chunk = DuckDBDataChunk.create([VARCHAR], 1);
    chunk.setColumnValues(0, [await readText(source)]);
    yield chunk;
  }
}

async function readText(source: Source): Promise<string> {
  const bytes = await readFile(source.path);
  try {
    // The decoder drops a byte order mark; line ends become what they are everywhere else.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch (error) {
    throw new DataError(
      'format',
      `${source.name} is not written in UTF-8; save it as UTF-8`,
      { file: source.name },
      error,
    );
  }
}
