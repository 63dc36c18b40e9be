import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { type CliError, describeRefusal, exitCodes, usageError } from './refusal.ts';
import { knownUrl } from './session.ts';
import type { Shell } from './shell.ts';

/** Runs one command line (without `node` and the script) and answers the exit code. Never throws, never prints a stack. */
export async function run(args: readonly string[], shell: Shell): Promise<number> {
  try {
    await createProgram(shell).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const refusal = shell.signal.aborted ? interrupted(error) : describe(error, args, shell);
    tell(refusal, args.includes('--json'), shell);
    return refusal.exitCode;
  }
}

function describe(error: unknown, args: readonly string[], shell: Shell): CliError {
  if (!(error instanceof CommanderError)) return describeRefusal(error, safeUrl(shell));
  // Commander has shown the help of a bare `banyan runs` already.
  if (error.code === 'commander.help') return usageError('');
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = more.join(' ').replace(/^\(|\)$/g, '');
  return usageError(`${message}.`, suggestion || `banyan ${commandOf(args)}--help`);
}

function interrupted(error: unknown): CliError {
  const refusal = describeRefusal(error);
  if (refusal.exitCode === exitCodes.interrupted) return refusal;
  return Object.assign(usageError('Interrupted.'), { code: 'INTERRUPTED', exitCode: exitCodes.interrupted });
}

function safeUrl(shell: Shell): string | undefined {
  try {
    return knownUrl(shell);
  } catch {
    return undefined;
  }
}

function tell({ code, message, hint }: CliError, json: boolean, { stdout, stderr }: Shell): void {
  // A process that ran in this terminal has spoken for itself.
  if (code === 'EXIT' || message === '') return;
  if (json)
    stdout.write(
      `${JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })}\n`,
    );
  else stderr.write(`${hint === undefined ? message : `${message}\n  hint: ${hint}`}\n`);
}

/** The words before the first option, as `runs list `. */
function commandOf(args: readonly string[]): string {
  const words = args.slice(0, 2).filter((word) => /^[a-z]+$/.test(word));
  return words.map((word) => `${word} `).join('');
}
