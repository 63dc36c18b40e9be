import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createHubClient } from '@banyan/contract';
import { afterEach, expect, it, vi } from 'vitest';
import { createTestDatabase } from './testing.ts';

// Whole processes start and stop here, several in a test.
vi.setConfig({ testTimeout: 180_000 });

const waiting = { timeout: 60_000, interval: 200 };
const ten = { timeout: 10_000, interval: 200 };

const children: ChildProcess[] = [];
const homes: string[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

async function newHome(): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'banyan-main-'));
  // Open to the account that runs PostgreSQL, so that the database lies in the home and goes with it.
  await chmod(home, 0o755);
  homes.push(home);
  return home;
}

interface Started {
  child: ChildProcess;
  lines: string[];
  url: string;
  exit: Promise<number | null>;
}

/** Starts the hub as `npm start` does and waits for its ready line or its end. */
async function start(env: Record<string, string>): Promise<Started> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'main.ts')],
    {
      env: { ...process.env, BANYAN_PORT: '0', BANYAN_LOCAL_WORKER: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  const lines: string[] = [];
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const ready = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const [, url] = /^Banyan is ready at (\S+)$/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
  });
  return { child, lines, exit, url: await Promise.race([ready, exit.then(() => '')]) };
}

/** A process and all that it started, by number: what must be gone when it is. */
function familyOf(pid: number | undefined): number[] {
  const rows = execFileSync('ps', ['ax', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] => [
    parent,
    ...rows.flatMap(([child = 0, of]) => (of === parent ? below(child) : [])),
  ];
  return pid === undefined ? [] : below(pid);
}

/** Those still alive; the orphans of a killed hub may stay as zombies where process 1 reaps none. */
function alive(pids: number[]): string[] {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,pid=,args=', '-p', pids.join()], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('Z'));
}

const run = (entry: string, args: string[], env: Record<string, string>) =>
  execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, entry), ...args],
    {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );

it('starts, leaves a first hub alone at a second start, gives its administrator a token, and stops without a trace', async () => {
  const home = await newHome();
  const hub = await start({ BANYAN_HOME: home, BANYAN_LOCAL_WORKER: 'on' });
  expect(hub.lines.join('\n')).toMatch(
    new RegExp(`${hub.url}/setup\\?code=[\\w-]{32}\n[^]*Banyan is ready at ${hub.url}`),
  );

  const second = await start({ BANYAN_HOME: home });
  expect(await second.exit).toBe(1);
  expect(second.lines).toHaveLength(1);
  expect(second.lines[0]).toContain(`A hub already runs on ${home} at ${hub.url} (process ${hub.child.pid})`);
  expect((await fetch(`${hub.url}/healthz`)).status).toBe(200);

  const made = JSON.parse(run('admin.ts', ['token', 'maria', '--json'], { BANYAN_HOME: home })) as {
    token: string;
  };
  expect(made).toMatchObject({ username: 'maria', created: true, url: hub.url });
  const api = createHubClient({ url: hub.url, token: made.token });
  expect(await api.people.me()).toMatchObject({ person: { username: 'maria', administrator: true } });
  const another = run('admin.ts', ['token', 'laptop', '--json'], { BANYAN_HOME: home });
  expect(JSON.parse(another)).toMatchObject({ username: 'maria', created: false });

  const family = familyOf(hub.child.pid);
  // The hub, the local worker, and PostgreSQL with its own.
  expect(family.length).toBeGreaterThan(3);
  hub.child.kill('SIGTERM');
  expect(await hub.exit).toBe(0);
  expect(alive(family)).toEqual([]);
  expect(() => run('admin.ts', ['token', 'maria'], { BANYAN_HOME: home })).toThrow('No hub runs on');
});

it('keeps what it acknowledged when it is killed, and starts again on the same home', async () => {
  const home = await newHome();
  const first = await start({ BANYAN_HOME: home });
  const { token } = JSON.parse(run('admin.ts', ['token', 'maria', '--json'], { BANYAN_HOME: home })) as {
    token: string;
  };
  await createHubClient({ url: first.url, token }).projects.create({ slug: 'kept', title: 'Kept' });
  const left = familyOf(first.child.pid);
  first.child.kill('SIGKILL');
  await first.exit;
  const second = await start({ BANYAN_HOME: home });
  // An owner without a password does not take the set-up link from the first person.
  expect(second.lines.join('\n')).toContain('/setup?code=');
  const kept = await createHubClient({ url: second.url, token }).projects.get({ slug: 'kept' });
  expect(kept.title).toBe('Kept');
  const family = familyOf(second.child.pid);
  second.child.kill('SIGINT');
  expect(await second.exit).toBe(0);
  expect(alive([...left, ...family])).toEqual([]);
});

it('takes its worker with it when it is killed; its database waits for the next start, which works', async () => {
  const home = await newHome();
  const env = { BANYAN_HOME: home, BANYAN_LOCAL_WORKER: 'on' };
  const first = await start(env);
  const { token } = JSON.parse(run('admin.ts', ['token', 'maria', '--json'], env)) as { token: string };
  const api = createHubClient({ url: first.url, token });
  await vi.waitUntil(async () => (await api.sites.get({ name: 'local' })).workers.length > 0, waiting);
  const family = familyOf(first.child.pid);
  expect(alive(family).join('\n')).toContain('worker/src/main.ts');

  first.child.kill('SIGKILL');
  await first.exit;
  await vi.waitUntil(() => !alive(family).join('\n').includes('worker/src/main.ts'), ten);
  for (const line of alive(family)) expect(line).toContain('postgres');

  const second = await start(env);
  expect(second.url).toMatch(/^http/);
  const all = [...family, ...familyOf(second.child.pid)];
  second.child.kill('SIGTERM');
  expect(await second.exit).toBe(0);
  expect(alive(all)).toEqual([]);
});

it('stops in order when the npm that started it is killed', async () => {
  const home = await newHome();
  const bootstrap = path.join(import.meta.dirname, '../../../scripts/bootstrap.mjs');
  const script = `require('node:child_process').spawn('node', ${JSON.stringify([bootstrap, '--no-web', 'packages/hub/src/main.ts'])}, { stdio: 'inherit' })`;
  const npm = spawn(process.execPath, ['-e', script], {
    env: {
      ...process.env,
      BANYAN_HOME: home,
      BANYAN_PORT: '0',
      BANYAN_LOCAL_WORKER: 'off',
      npm_lifecycle_event: 'start',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(npm);
  for await (const line of createInterface({ input: npm.stdout })) if (line.includes('is ready at')) break;
  const family = familyOf(npm.pid);
  // npm, the bootstrap, the hub, and PostgreSQL with its own.
  expect(family.length).toBeGreaterThan(4);
  npm.kill('SIGKILL');
  await vi.waitUntil(() => alive(family).length === 0, ten);
});

it('uses and migrates the database of DATABASE_URL, two hubs at once', async () => {
  const database = await createTestDatabase('empty');
  const { host, user, database: name } = database.connection;
  const env = { DATABASE_URL: `postgres://${user}@/${name}?host=${encodeURIComponent(host)}` };
  const homeOfFirst = await newHome();
  const hubs = await Promise.all([
    start({ ...env, BANYAN_HOME: homeOfFirst }),
    start({ ...env, BANYAN_HOME: await newHome() }),
  ]);
  const [first, second] = hubs;
  const made = run('admin.ts', ['token', 'maria'], { ...env, BANYAN_HOME: homeOfFirst });
  const token = made.trim();
  await createHubClient({ url: first.url, token }).projects.create({ slug: 'shared', title: 'Shared' });
  expect(await createHubClient({ url: second.url, token }).projects.get({ slug: 'shared' })).toBeDefined();
  for (const hub of hubs) hub.child.kill('SIGTERM');
  expect(await Promise.all(hubs.map((hub) => hub.exit))).toEqual([0, 0]);
  await database.drop();
});

it('says what is wrong with a setting, and helps', async () => {
  const wrong = await start({ BANYAN_PORT: 'http' });
  expect([await wrong.exit, wrong.lines]).toEqual([1, [expect.stringContaining('BANYAN_PORT is "http"')]]);
  const impatient = await start({ BANYAN_LEASE_SECONDS: '2' });
  expect([await impatient.exit, impatient.lines]).toEqual([1, [expect.stringContaining('3 to 600')]]);
  expect(run('main.ts', ['--help'], {})).toContain('BANYAN_PUBLIC_URL');
});
