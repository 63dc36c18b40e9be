import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';

/** Values by hand-rolled arithmetic on the row's number, so that both sides read the same table on every machine. */
const noise = (salt: number): string => `(hash(range * 31 + ${salt}) % 1000003) / 1000003.0`;

const number = (salt: number): string =>
  `CASE WHEN ${noise(salt + 100)} < 0.05 THEN NULL ELSE round(${noise(salt)} * ${10 + salt} + ln(1.001 - ${noise(salt + 50)}), 4) END`;

const category = (salt: number, count: number): string =>
  `CASE WHEN ${noise(salt + 100)} < 0.03 THEN NULL ELSE 'kind ' || CAST(floor(pow(${noise(salt)}, 2) * ${count}) AS INTEGER) END`;

/** Six numbers and two counts, three categories of 5, 8 and 12 values, all with gaps, and a class to predict. */
const columns = [
  ...[1, 2, 3, 4, 5, 6].map((salt) => `${number(salt)} AS number_${salt}`),
  ...[7, 8].map((salt) => `CAST(floor(${noise(salt)} * 1000) AS BIGINT) AS count_${salt}`),
  `${category(11, 5)} AS small`,
  `${category(12, 8)} AS middle`,
  `${category(13, 12)} AS large`,
  `CASE WHEN ${noise(1)} + ${noise(21)} > 1 THEN 'yes' ELSE 'no' END AS label`,
].join(', ');

/** Rows of the block that a larger CSV is made of. */
const blockRows = 4_000_000;

/** Writes such a table as a CSV of at least so many bytes, a block of rows over and over. Returns its size. */
export async function writeCsvOf(path: string, bytes: number): Promise<number> {
  const block = `${path}.block.csv`;
  const blockBytes = await writeTable(block, blockRows);
  await copyFile(block, path);
  const headerBytes = await lengthOfFirstLine(block);
  for (let written = blockBytes; written < bytes; written += blockBytes - headerBytes)
    await pipeline(createReadStream(block, { start: headerBytes }), createWriteStream(path, { flags: 'a' }));
  await rm(block);
  return statSync(path).size;
}

/** In bytes, its end included. */
async function lengthOfFirstLine(path: string): Promise<number> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
  return buffer.subarray(0, bytesRead).indexOf('\n') + 1;
}

/** Writes a mixed table of so many rows, as Parquet or CSV. Returns its size in bytes. */
export async function writeTable(path: string, rows: number): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const connection = await instance.connect();
  const format = path.endsWith('.csv') ? 'FORMAT csv, HEADER' : 'FORMAT parquet';
  await connection.run(`COPY (SELECT ${columns} FROM range(${rows})) TO '${path}' (${format})`);
  connection.closeSync();
  instance.closeSync();
  return statSync(path).size;
}
