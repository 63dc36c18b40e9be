import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from './embedded.ts';
import { findProcess } from './processes.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const root = process.getuid?.() === 0;
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A home that only its owner can enter, as mktemp makes it. */
async function privateHome(parent = '/tmp'): Promise<string> {
  const home = await mkdtemp(join(parent, 'banyan-home-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  return home;
}

async function start(home: string): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres(home, log);
  cleanups.push(() => rm(postgres.cluster, { recursive: true, force: true }));
  cleanups.push(() => postgres.stop());
  return postgres;
}

async function query(postgres: Pick<EmbeddedPostgres, 'config'>, sql: string): Promise<unknown[]> {
  const client = new Client(postgres.config);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A hub that does nothing but hold a server; says where once it is ready. */
const holder = `
  const { startPostgres } = await import(${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)});
  const log = { info() {}, warn() {}, error: console.error };
  const server = await startPostgres(process.argv[1], log);
  console.log(JSON.stringify({ config: server.config, cluster: server.cluster }));
  process.on('SIGTERM', async () => { await server.stop(); process.exit(0); });
  setInterval(() => {}, 1000);`;

async function hold(home: string, account: { uid?: number; gid?: number } = {}) {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', holder, home], {
    ...account,
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(async () => child.kill('SIGKILL'));
  const [line]: Buffer[] = await once(child.stdout!, 'data');
  const ready: Pick<EmbeddedPostgres, 'config' | 'cluster'> = JSON.parse(String(line));
  return { child, ...ready };
}

describe('an embedded PostgreSQL', () => {
  it('starts in a folder that only its owner can enter, listens on no port, and keeps what was committed', async () => {
    const home = await privateHome();
    const first = await start(home);
    await query(first, 'create table note (text text)');
    await query(first, `insert into note values ('kept')`);
    const settings = await query(
      first,
      `select current_setting('fsync') as fsync, current_setting('listen_addresses') as ports`,
    );
    expect(settings).toEqual([{ fsync: 'on', ports: '' }]);
    await first.stop();
    expect(await query(await start(home), 'select text from note')).toEqual([{ text: 'kept' }]);
  });

  it('says in the home where the data are when the server cannot enter it', async ({ skip }) => {
    if (!root) skip('only root runs the server as somebody else');
    const home = await privateHome('/root');
    const postgres = await start(home);
    const pointer: { data: string } = JSON.parse(
      await readFile(join(home, 'postgres-is-elsewhere.json'), 'utf8'),
    );
    expect(pointer.data).toBe(postgres.cluster);
    await postgres.stop();
    await rm(postgres.cluster, { recursive: true });
    await expect(startPostgres(home, log)).rejects.toThrow(/there is no such folder/);
  });

  it('takes a home whose path is too long for a socket', async () => {
    const home = join(await privateHome(), 'a'.repeat(120));
    const postgres = await start(home);
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('refuses a second hub on one home and leaves the first alone', async () => {
    const home = await privateHome();
    const first = await start(home);
    await expect(startPostgres(home, log)).rejects.toThrow(/Another hub \(process \d+\) is running/);
    expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('ends the server of a killed hub and opens its data', async () => {
    const home = await privateHome();
    const killed = await hold(home);
    await query(killed, 'create table note as select 7 as n');
    const lock = await readFile(join(killed.cluster, 'data', 'postmaster.pid'), 'utf8');
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    const orphan = Number.parseInt(lock, 10);
    expect(await findProcess(orphan)).toBeDefined();
    const next = await start(home);
    expect(await query(next, 'select n from note')).toEqual([{ n: 7 }]);
    expect(await findProcess(orphan)).toBeUndefined();
  });

  it('ignores a lock file whose process number belongs to another program now', async () => {
    const home = await privateHome();
    const first = await start(home);
    const lock = join(first.cluster, 'data', 'postmaster.pid');
    const content = await readFile(lock, 'utf8');
    await first.stop();
    const other = spawn('sleep', ['60']);
    cleanups.push(async () => other.kill());
    await writeFile(lock, content.replace(/^\d+/, String(other.pid)));
    expect(await query(await start(home), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(other.exitCode).toBeNull();
  });

  it('comes back when the server is killed under the hub', async () => {
    const postgres = await start(await privateHome());
    const lock = await readFile(join(postgres.cluster, 'data', 'postmaster.pid'), 'utf8');
    const pid = Number.parseInt(lock, 10);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => findProcess(pid)).toBeUndefined();
    await expect
      .poll(() => query(postgres, 'select 1 as one').catch(() => 'not yet'), { timeout: 20_000 })
      .toEqual([{ one: 1 }]);
  });

  it('names both versions when the data are of another PostgreSQL', async () => {
    const home = await privateHome();
    const first = await start(home);
    await first.stop();
    await writeFile(join(first.cluster, 'data', 'PG_VERSION'), '15\n');
    await expect(startPostgres(home, log)).rejects.toThrow(
      /written by PostgreSQL 15; this Banyan carries \d+/,
    );
  });

  it('runs as an ordinary user, and stops with its hub', async ({ skip }) => {
    if (!root) skip('the other tests ran as an ordinary user already');
    const nobody = { uid: 65_534, gid: 65_534 };
    const home = await privateHome();
    await chown(home, nobody.uid, nobody.gid);
    await chmod(home, 0o700);
    const held = await hold(home, nobody);
    expect(held.cluster).toBe(join(home, 'postgres'));
    expect(await query(held, 'select 1 as one')).toEqual([{ one: 1 }]);
    const pid = Number.parseInt(await readFile(join(held.cluster, 'data', 'postmaster.pid'), 'utf8'), 10);
    held.child.kill('SIGTERM');
    await once(held.child, 'exit');
    expect(await findProcess(pid)).toBeUndefined();
  });
});
