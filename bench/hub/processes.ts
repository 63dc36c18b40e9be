import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = ['--disable-warning=ExperimentalWarning'];

export interface Server {
  url: string;
  /** The most memory that its process ever had, in bytes; PostgreSQL is a process of its own. */
  peakBytes(): number;
  /** From now on the peak is that of what comes. */
  forgetPeak(): void;
  /** The processor time that it has used, in seconds. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** What the bootstrap gives the hub's process. */
const { config } = JSON.parse(readFileSync(join(root, 'packages/hub/package.json'), 'utf8')) as {
  config: { nodeFlags: string[] };
};

async function start(args: string[], env: Record<string, string>, ready: RegExp): Promise<Server> {
  const child = spawn(process.execPath, [...node, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, match] = ready.exec(line) ?? [];
      if (match !== undefined) resolve(match);
    });
    child.once('exit', (code) => reject(new Error(`a server ended with ${code}`)));
  });
  return {
    url: /^\d+$/.test(found) ? `http://127.0.0.1:${found}` : found,
    peakBytes: () => peakOf(child),
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, '5'),
    processorSeconds: () => processorSecondsOf(child),
    async stop() {
      child.removeAllListeners('exit');
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function peakOf(child: ChildProcess): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** The kernel counts in hundredths of a second; what comes before are the program's name and its state. */
function processorSecondsOf(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const startBare = (file: string): Promise<Server> => start(['bench/hub/bare.ts', file], {}, /^(\d+)$/);

/** A hub as it comes, on a home of its own, with its owner's token. */
export async function startHub(): Promise<Server & { token: string }> {
  const home = mkdtempSync(join(tmpdir(), 'banyan-bench-'));
  chmodSync(home, 0o755);
  const env = { BANYAN_HOME: home, BANYAN_PORT: '0', BANYAN_LOCAL_WORKER: 'off' };
  const hub = await start([...config.nodeFlags, 'packages/hub/src/main.ts'], env, /Banyan is ready at (\S+)/);
  const token = execFileSync(process.execPath, [...node, 'packages/hub/src/admin.ts', 'token', 'bench'], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return {
    ...hub,
    token: token.trim(),
    async stop() {
      await hub.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
