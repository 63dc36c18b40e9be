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

/** JavaScript has no longer text. */
const mostTextBytes = 512e6;

async function readText(source: Source): Promise<string> {
  if (source.sizeBytes > mostTextBytes)
    throw new DataError(
      'too-large',
      `${source.name} is larger than the 512 MB that one document may have; cut it into several files`,
      { file: source.name },
    );
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
