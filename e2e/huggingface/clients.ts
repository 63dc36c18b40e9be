import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HubProcess, newFolder, startHub } from '../hub-process.ts';
import { invite, type Member, signUp } from '../person.ts';
import { pythonEnvironment } from '../python/environment.ts';

/** A real hub with two people, and real clients of Hugging Face's pointed at it by their environment alone. */
export interface ClientsLab {
  hub: HubProcess;
  ana: Member;
  bob: Member;
  /** A folder that goes away with the lab. */
  folder: string;
  /** Runs a Python script of this folder as Ana; answers what it printed. Throws with its traceback. */
  python(script: string, env?: Record<string, string>): Promise<string>;
  /** Runs a program as Ana. */
  run(command: string, args: string[], env?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

export async function openClientsLab(settings: Record<string, string> = {}): Promise<ClientsLab> {
  const hub = await startHub({ env: { BANYAN_LOCAL_WORKER: 'off', ...settings } });
  const folder = await newFolder('banyan-hf-');
  const ana = await signUp(
    hub.url,
    { setup: hub.setupCode },
    { username: 'ana', name: 'Ana', password: 'correct horse' },
  );
  const bob = await invite(ana, { username: 'bob', name: 'Bob', password: 'battery staple' });
  const executable = await pythonEnvironment();
  const environment = {
    ...process.env,
    PATH: `${join(executable, '..')}:${process.env['PATH']}`,
    HOME: folder,
    HF_ENDPOINT: hub.url,
    HF_TOKEN: ana.token,
    BOB_TOKEN: bob.token,
    HF_HOME: join(folder, 'home'),
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    TOKENIZERS_PARALLELISM: 'false',
    OMP_NUM_THREADS: '2',
    PYTHONWARNINGS: 'ignore',
  };
  const run: ClientsLab['run'] = async (command, args, env = {}) => {
    const child = spawn(command, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...env },
    });
    let said = '';
    let complained = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complained = (complained + text).slice(-6000)));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (${code}):\n${said}\n${complained}`);
    return said;
  };
  return {
    hub,
    ana,
    bob,
    folder,
    run,
    python: (script, env) => run(executable, [fileURLToPath(new URL(script, import.meta.url))], env),
    async close() {
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
