import { join } from 'node:path';
import { DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import type { Features } from '../query/question.ts';
import { literal } from '../sql.ts';
import type { Tables } from '../table.ts';

/** Of one Parquet file of rows that come one by one; larger tables become several. */
const shardBytes = 256e6;
const chunkRows = 512;
const chunkBytes = 8e6;

export interface Shard {
  path: string;
  rows: number;
}

/**
 * Writes rows as Parquet files in `folder`, holding no more than one file's worth at a time.
 * @param select what is written of the staged rows, which lie in the table `staged`.
 * @param features kept in each file's metadata, where Hugging Face's `datasets` looks for them.
 */
export async function writeShards(
  tables: Tables,
  rows: AsyncIterable<{ values: DuckDBValue[]; sizeBytes: number }>,
  options: {
    folder: string;
    columns: string;
    types: DuckDBType[];
    select?: string;
    features: Features;
    shardBytes?: number;
  },
): Promise<Shard[]> {
  const { folder, columns, types, select = 'SELECT * FROM staged', features } = options;
  const shards: Shard[] = [];
  let staged = { rows: 0, bytes: 0 };
  let waiting: DuckDBValue[][] = [];
  let waitingBytes = 0;

  const flush = async () => {
    if (waiting.length === 0) return;
    const chunk = DuckDBDataChunk.create(types, waiting.length);
    chunk.setRows(waiting);
    await tables.append('staged', [chunk]);
    waiting = [];
    waitingBytes = 0;
  };
  const finish = async () => {
    await flush();
    if (staged.rows === 0) return;
    const path = join(folder, `${String(shards.length).padStart(4, '0')}.parquet`);
    const info = literal(JSON.stringify({ info: { features } }));
    await tables.run(
      `COPY (${select}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {huggingface: ${info}})`,
    );
    await tables.run('DROP TABLE staged');
    shards.push({ path, rows: staged.rows });
    staged = { rows: 0, bytes: 0 };
  };

  for await (const { values, sizeBytes } of rows) {
    if (staged.rows === 0) await tables.run(`CREATE TABLE staged (${columns})`);
    waiting.push(values);
    waitingBytes += sizeBytes;
    staged = { rows: staged.rows + 1, bytes: staged.bytes + sizeBytes };
    if (waiting.length >= chunkRows || waitingBytes >= chunkBytes) await flush();
    if (staged.bytes >= (options.shardBytes ?? shardBytes)) await finish();
  }
  await finish();
  return shards;
}
