import { createReadStream } from 'node:fs';
import { VARCHAR } from '@duckdb/node-api';
import { DataError } from '../error.ts';
import type { Source } from '../import/source.ts';
import type { Features } from '../query/question.ts';
import { withTables } from './problem.ts';
import { type Shard, writeShards } from './shards.ts';

const mostLineCharacters = 16e6;

/** One text as a table of its lines, as Hugging Face's `text` has it. */
export async function convertLines(
  source: Source,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<{ shards: Shard[]; features: Features }> {
  const features: Features = { text: { dtype: 'string', _type: 'Value' } };
  async function* rows() {
    for await (const line of linesOf(source)) {
      signal?.throwIfAborted();
      yield { values: [line], sizeBytes: 2 * line.length + 16 };
    }
  }
  return withTables({ inputs: [], folder, signal }, async (tables) => ({
    shards: await writeShards(tables, rows(), {
      folder,
      columns: 'text VARCHAR',
      types: [VARCHAR],
      features,
    }),
    features,
  }));
}

/** Lines without their ends; a line without an end is held no longer than it may be. */
async function* linesOf(source: Source): AsyncGenerator<string> {
  let rest = '';
  let first = true;
  const input: AsyncIterable<string> = createReadStream(source.path, {
    encoding: 'utf8',
    highWaterMark: 1 << 20,
  });
  for await (const chunk of input) {
    const lines = (rest + (first ? chunk.replace(/^\uFEFF/, '') : chunk)).split('\n');
    first = false;
    rest = lines.pop() ?? '';
    if (rest.length > mostLineCharacters)
      throw new DataError('too-large', `${source.name} has a line of more than 16 MB`, { file: source.name });
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
}
