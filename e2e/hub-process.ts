import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What the bootstrap gives the hub's process. */
const { nodeFlags } = (
  JSON.parse(readFileSync(join(root, 'packages/hub/package.json'), 'utf8')) as {
    config: { nodeFlags: string[] };
  }
).config;

export interface HubProcess {
  url: string;
  home: string;
  /** The one-time code with which the first person becomes the owner. */
  setupCode: string;
  process: ChildProcess;
  /** Everything the hub printed, for messages when something fails. */
  output: string[];
  stop(): Promise<void>;
}

/** Starts a real hub as `npm start` does, on a home of its own, and waits for its ready line. */
export async function startHub(
  options: { home?: string; port?: number; env?: Record<string, string> } = {},
): Promise<HubProcess> {
  const home = options.home ?? (await newFolder('banyan-'));
  const port = options.port ?? (await freePort());
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...nodeFlags, join(root, 'packages/hub/src/main.ts')],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BANYAN_HOME: home, BANYAN_PORT: String(port), ...options.env },
    },
  );
  const output: string[] = [];
  const found = { url: '', setupCode: '' };
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        if (output.length > 5000) output.splice(0, 1000);
        found.setupCode ||= /\/setup\?code=([\w-]+)/.exec(line)?.[1] ?? '';
        found.url ||= /Banyan is ready at (\S+)/.exec(line)?.[1] ?? '';
        if (found.url !== '') resolve();
      });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`The hub stopped (code ${code}):\n${output.slice(-20).join('\n')}`)),
    );
  });
  await ready;
  return {
    url: found.url,
    home,
    setupCode: found.setupCode,
    process: child,
    output,
    async stop() {
      await stopProcess(child);
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

/** An empty folder that PostgreSQL's own user can enter too: as root, the database could not lie in it otherwise. */
export async function newFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o755);
  return folder;
}

/** What the store of the hub with this home holds on the disk, in bytes. */
export async function storeBytes(home: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(join(home, 'blobs'), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  return sum;
}

/** SIGTERM, and SIGKILL when that was not heard within 15 s. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(deadline);
}

/** A port that was free a moment ago; `preferred` if nobody listens there. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(preferred, '127.0.0.1');
    await listening;
  } catch {
    return freePort();
  }
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  return address.port;
}
