import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';

/**
 * The process that keeps one PostgreSQL for a whole test run: `node cluster.ts FOLDER PID`. It makes a migrated
 * template database, writes FOLDER/ready.json, and ends with the process PID, leaving nothing behind.
 */
const [folder = '', watched = ''] = process.argv.slice(2);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function answer(name: string, content: object): Promise<void> {
  await writeFile(path.join(folder, 'new.json'), JSON.stringify(content));
  await rename(path.join(folder, 'new.json'), path.join(folder, name));
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
const home = path.join(folder, 'home');
await mkdir(home);
try {
  const postgres = await startPostgres(home, silent);
  const client = new Client(postgres.config);
  await client.connect();
  await client.query('create database template');
  await client.end();
  await migrate({ ...postgres.config, database: 'template' });
  await answer('ready.json', postgres.config);
  while (alive(Number(watched))) await new Promise((resolve) => setTimeout(resolve, 200));
  await postgres.stop();
  await rm(postgres.cluster, { recursive: true, force: true });
} catch (error) {
  await answer('failed.json', { message: error instanceof Error ? error.message : String(error) });
  await new Promise((resolve) => setTimeout(resolve, 10_000));
}
await rm(folder, { recursive: true, force: true });
