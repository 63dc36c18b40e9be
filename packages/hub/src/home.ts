import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import type { ClientConfig } from 'pg';

/** What a running hub writes down in its home, for a second start and for `banyan admin` (file mode 0600). */
export interface HubFile {
  pid: number;
  url: string;
  /** How to reach the embedded database; absent when DATABASE_URL names another. */
  database?: { host: string; user: string; database: string };
}

export interface Home {
  folder: string;
  describe(hub: HubFile): Promise<void>;
  release(): Promise<void>;
}

export class HomeInUse extends Error {}

/**
 * Takes a home for this process. The lock is a socket in the kernel's own space of names, which needs no file and ends
 * with the process, however that ends: a dead hub's lock is never found. Throws HomeInUse with the address and pid of
 * the hub that has it.
 */
export async function takeHome(folder: string): Promise<Home> {
  await mkdir(folder, { recursive: true });
  const lock = createServer();
  try {
    await listen(lock, lockAddress(await realpath(folder)));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const other = await readHubFile(folder);
    const where = other ? ` at ${other.url} (process ${other.pid})` : ', and is still starting';
    throw new HomeInUse(
      `A hub already runs on ${folder}${where}. It was left alone. Stop it first, or set BANYAN_HOME to another folder.`,
    );
  }
  const file = hubFile(folder);
  await rm(file, { force: true });
  return {
    folder,
    async describe(hub) {
      await writeFile(`${file}.new`, JSON.stringify(hub), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async release() {
      await rm(file, { force: true });
      lock.close();
    },
  };
}

/** What the hub that runs on this home wrote down; undefined when none does. */
export async function readHubFile(folder: string): Promise<HubFile | undefined> {
  try {
    return JSON.parse(await readFile(hubFile(folder), 'utf8')) as HubFile;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The embedded database's address, as the hub file and pg want it. */
export function databaseAddress({ host, user, database }: ClientConfig): NonNullable<HubFile['database']> {
  if (host === undefined || user === undefined || database === undefined)
    throw new Error('the embedded database has no address');
  return { host, user, database };
}

const hubFile = (folder: string): string => path.join(folder, 'hub.json');

function lockAddress(folder: string): string {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  return `\0banyan-home-${id}`;
}

async function listen(server: Server, address: string): Promise<void> {
  server.listen(address);
  await once(server, 'listening');
  // The lock must not keep a process alive that is done.
  server.unref();
}
