import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type ClientConfig } from 'pg';

export interface TestDatabase {
  connection: ClientConfig & { host: string; user: string; database: string };
  drop(): Promise<void>;
}

/** A database of one's own on the one cluster of this test run: copied from a migrated template, or empty. */
export async function createTestDatabase(from: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const cluster = await findCluster();
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  const administer = async (statement: string) => {
    const client = new Client({ ...cluster, database: 'postgres' });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await administer(
    `create database ${database} template ${from === 'empty' ? 'template0' : 'template'} strategy wal_log`,
  );
  return {
    connection: { ...cluster, database },
    drop: () => administer(`drop database if exists ${database} with (force)`),
  };
}

const startTimeoutMs = 60_000;

/** The cluster that the first test file starts and all share; it ends with the test runner, their common parent. */
async function findCluster(): Promise<{ host: string; user: string; database: string }> {
  const runner = process.ppid;
  // With the runner's start time: a process number comes again, a folder of a killed run may still be there.
  const [, , started] = /\) (\S+ ){19}(\d+)/.exec(readFileSync(`/proc/${runner}/stat`, 'utf8')) ?? [];
  const folder = path.join(tmpdir(), `banyan-test-${runner}-${started}`);
  if (await takes(folder)) {
    const keeper = fileURLToPath(new URL('./cluster.ts', import.meta.url));
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', keeper, folder, String(runner)], {
      // Its output must not hold the runner's pipes open; what fails comes through failed.json.
      stdio: 'ignore',
      detached: true,
    }).unref();
  }
  const ready = path.join(folder, 'ready.json');
  const failed = path.join(folder, 'failed.json');
  const until = Date.now() + startTimeoutMs;
  while (!existsSync(ready)) {
    if (existsSync(failed)) throw new Error(await readFile(failed, 'utf8'));
    if (Date.now() > until) throw new Error(`no test database after ${startTimeoutMs / 1000} s in ${folder}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return JSON.parse(await readFile(ready, 'utf8'));
}

async function takes(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
