import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import {
  type Account,
  findCluster,
  findPrograms,
  makeSocketFolder,
  type Programs,
  serverAccount,
  socketFolder,
} from './postgres-files.ts';
import { findProcess, type Process, waitForEnd } from './processes.ts';

/** What the supervisor says while it works. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface EmbeddedPostgres {
  /** For `new pg.Pool(config)`: a unix socket, no port, no password. */
  config: ClientConfig;
  /** Where the data lie, for messages and backups. */
  cluster: string;
  stop(): Promise<void>;
}

interface Server {
  programs: Programs;
  account: Account | undefined;
  cluster: string;
  socket: string;
}

/** A crashed cluster replays its log before it lets anybody in. */
const startTimeoutMs = 300_000;
const stopTimeoutMs = 30_000;
const name = 'banyan';

/**
 * Starts this home's own PostgreSQL: makes the cluster and the database the first time, ends a server that a killed hub
 * left behind, and restarts one that dies. Throws an Error that says what to do when another hub uses the home, when
 * the data are of another major version, or when the server does not start.
 */
export async function startPostgres(home: string, log: Log): Promise<EmbeddedPostgres> {
  const account = await serverAccount();
  const programs = await findPrograms(account);
  const cluster = await findCluster(home, account);
  await claim(cluster, home);
  try {
    await endLeftOver(cluster, log);
    await initialise(cluster, programs, account, log);
    const socket = await makeSocketFolder(cluster, account);
    const stop = await supervise({ programs, account, cluster, socket }, log);
    await makeDatabase(socket);
    return {
      config: { host: socket, user: name, database: name },
      cluster,
      async stop() {
        await stop();
        if (!socket.startsWith(cluster)) await rm(socket, { recursive: true, force: true });
        await rm(claimFile(cluster), { force: true });
      },
    };
  } catch (error) {
    await rm(claimFile(cluster), { force: true });
    throw error;
  }
}

/** Launches the server, and again whenever it dies by itself. Answers how to stop it. */
async function supervise(server: Server, log: Log): Promise<() => Promise<void>> {
  const stop = new AbortController();
  let current = await launch(server);
  let relaunched: Promise<void> = Promise.resolve();
  const relaunch = async (reason: string): Promise<void> => {
    log.error(
      `PostgreSQL ended by itself (${reason}); starting it again. Its log: ${logFile(server.cluster)}`,
    );
    for (let attempt = 1; !stop.signal.aborted; attempt += 1) {
      try {
        current = await launch(server);
        return watch();
      } catch (error) {
        // Processes of the dead server may hold its shared memory for a moment longer.
        log.error(error instanceof Error ? error.message : String(error));
        await wait(Math.min(attempt * 500, 10_000));
      }
    }
  };
  const watch = (): void => {
    current.once('exit', (code, signal) => {
      if (!stop.signal.aborted) relaunched = relaunch(signal ?? `code ${code}`);
    });
  };
  watch();
  return async () => {
    stop.abort();
    await relaunched;
    await end(current);
  };
}

const dataFolder = (cluster: string): string => join(cluster, 'data');
const logFile = (cluster: string): string => join(cluster, 'postgres.log');
const claimFile = (cluster: string): string => join(cluster, 'hub.json');

/** Writes down that this process supervises the cluster; refuses when another living one does. */
async function claim(cluster: string, home: string): Promise<void> {
  const file = claimFile(cluster);
  if (existsSync(file)) {
    const { pid, started }: Pick<Process, 'pid' | 'started'> = JSON.parse(await readFile(file, 'utf8'));
    if ((await findProcess(pid))?.started === started)
      throw new Error(
        `Another hub (process ${pid}) is running on ${home}. Stop it first, or set BANYAN_HOME to another folder.`,
      );
  }
  const self = await findProcess(process.pid);
  if (self === undefined)
    throw new Error('This machine has no /proc: set DATABASE_URL to use your own PostgreSQL.');
  await writeFile(`${file}.new`, JSON.stringify({ pid: self.pid, started: self.started }));
  await rename(`${file}.new`, file);
}

/**
 * `kill -9` of a hub leaves its server alive: ends it cleanly. What locks a dead server left is removed: they name its
 * process, which stays a zombie until somebody reaps it, and PostgreSQL would take that for a living one.
 */
async function endLeftOver(cluster: string, log: Log): Promise<void> {
  const lock = join(dataFolder(cluster), 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number.parseInt(await readFile(lock, 'utf8'), 10);
  const server = await findProcess(pid);
  // The number may have passed to another program since: only a postgres on this very folder is ours to end.
  if (server?.command.includes(dataFolder(cluster))) {
    log.warn(`A hub that was killed left its PostgreSQL running (process ${pid}); stopping it.`);
    await endProcess(server);
  }
  await rm(lock, { force: true });
  await rm(socketFolder(cluster), { recursive: true, force: true });
}

async function endProcess(server: Process): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    process.kill(server.pid, signal);
    if (await waitForEnd(server, stopTimeoutMs)) return;
  }
  throw new Error(`PostgreSQL (process ${server.pid}) does not end; stop it, then start the hub again.`);
}

/** Makes the cluster under another name and renames it, so that one cut short is never opened. */
async function initialise(
  cluster: string,
  programs: Programs,
  account: Account | undefined,
  log: Log,
): Promise<void> {
  const data = dataFolder(cluster);
  if (existsSync(data)) {
    const found = Number.parseInt(await readFile(join(data, 'PG_VERSION'), 'utf8'), 10);
    if (found === programs.major) return;
    throw new Error(
      `The database in ${cluster} was written by PostgreSQL ${found}; this Banyan carries ${programs.major}, which cannot open it. ` +
        `Dump it with the Banyan that wrote it (pg_dump) and load it here, or run a PostgreSQL ${found} on it and set DATABASE_URL.`,
    );
  }
  log.info(`Making a PostgreSQL ${programs.major} cluster in ${cluster}`);
  await rm(`${data}.new`, { recursive: true, force: true });
  const options = [
    '-A',
    'trust',
    '-U',
    name,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
  ];
  await promisify(execFile)(join(programs.folder, 'bin', 'initdb'), ['-D', `${data}.new`, ...options], {
    ...account,
    cwd: cluster,
    env: environment,
  });
  await rename(`${data}.new`, data);
}

/** Nothing of the hub's environment concerns the server, and PG* variables would change what it does. */
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Spawns the server and waits until it answers. */
async function launch({ programs, account, cluster, socket }: Server): Promise<ChildProcess> {
  const log = await open(logFile(cluster), 'w');
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${socket}`,
    'max_connections=60',
    'fsync=on',
  ];
  const child = spawn(
    join(programs.folder, 'bin', 'postgres'),
    ['-D', dataFolder(cluster), ...settings.flatMap((setting) => ['-c', setting])],
    // A session of its own: Ctrl-C at the terminal reaches the hub alone, which stops the server when it is done.
    { ...account, cwd: cluster, env: environment, stdio: ['ignore', log.fd, log.fd], detached: true },
  );
  await once(child, 'spawn');
  await log.close();
  const until = Date.now() + startTimeoutMs;
  while (!(await answers(socket))) {
    if (hasEnded(child) || Date.now() > until) {
      await end(child);
      const last = (await readFile(logFile(cluster), 'utf8')).trim().split('\n').slice(-8).join('\n');
      throw new Error(`PostgreSQL did not start. The end of ${logFile(cluster)}:\n${last}`);
    }
    await wait(15);
  }
  return child;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function answers(socket: string): Promise<boolean> {
  const client = new Client({ host: socket, user: name, database: 'postgres' });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false; // Not listening yet, or still replaying its log.
  }
}

async function makeDatabase(socket: string): Promise<void> {
  const client = new Client({ host: socket, user: name, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}

/** SIGINT is a fast clean shutdown: open transactions are rolled back, everything committed is on disk. */
async function end(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (hasEnded(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await Promise.race([exited, wait(stopTimeoutMs, undefined, { ref: false })]);
  }
}
