import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from './hub-process.ts';

/** Where a command line runs, and as whom. */
export interface Where {
  /** Its working folder, in which it keeps what `login` saves too. */
  folder?: string;
  /** Absent: by what `login` saved. */
  as?: { url: string; token?: string };
  env?: Record<string, string>;
}

/** Starts `banyan WORDS` as a process of its own. */
export const startBanyan = (
  words: readonly string[],
  { folder, as, env }: Where,
  stdio: StdioOptions = 'pipe',
): ChildProcess =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'packages/cli/src/main.ts'), ...words],
    {
      stdio,
      ...(folder !== undefined && { cwd: folder }),
      env: {
        ...process.env,
        ...(folder !== undefined && { XDG_CONFIG_HOME: join(folder, 'config') }),
        BANYAN_URL: as?.url ?? '',
        BANYAN_TOKEN: as?.token ?? '',
        ...env,
      },
    },
  );

/** What a command printed and ended with. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `banyan WORDS` to its end, whatever that is. */
export async function runBanyan(words: readonly string[], where: Where): Promise<Ended> {
  const child = startBanyan(words, where, ['ignore', 'pipe', 'pipe']);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}

/** What `banyan WORDS` prints. Throws when it does not end with 0: the error is also what it printed and ended with. */
export async function banyan(words: readonly string[], where: Where): Promise<string> {
  const ended = await runBanyan(words, where);
  if (ended.code === 0) return ended.stdout;
  throw Object.assign(
    new Error(`banyan ${words.join(' ')} ended with ${ended.code}:\n${ended.stderr}`),
    ended,
  );
}
