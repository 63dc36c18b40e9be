import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { CliError } from './refusal.ts';
import type { Shell } from './shell.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Runs another part of Banyan as a process in this terminal; a code that is not 0 becomes this command's. */
export const runEntry = (
  shell: Shell,
  entry: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<void> =>
  run(shell, ['--disable-warning=ExperimentalWarning', resolve(root, entry), ...args], environment);

/** The same through the bootstrap, which builds the web app first when its sources changed. */
export const runBootstrapped = (shell: Shell, entry: string): Promise<void> =>
  run(shell, [resolve(root, 'scripts/bootstrap.mjs'), entry], {});

async function run(shell: Shell, args: string[], environment: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...shell.environment, ...environment },
  });
  // Ctrl-C reaches the whole terminal group; a signal sent to this process alone is passed on. The child decides when to end.
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', forward);
  process.on('SIGINT', forward);
  try {
    const code = await new Promise<number>((done, fail) => {
      child.on('error', fail);
      child.on('exit', (exit, signal) =>
        done(exit ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
    if (code !== 0) throw new CliError('', { code: 'EXIT', exitCode: code });
  } finally {
    process.off('SIGTERM', forward);
    process.off('SIGINT', forward);
  }
}
