import type { Command } from 'commander';
import { openSession, type Session } from './session.ts';
import type { Shell } from './shell.ts';

/** What a command's action works with. */
export interface Context extends Session {
  shell: Shell;
  /** Print for machines: one JSON value on stdout, nothing else. */
  json: boolean;
  /** The result: `value` for machines, `text` for people. */
  print: (value: unknown, text: string) => void;
  /** A remark on the way, for people only (stderr). */
  note: (text: string) => void;
}

/** Adds a command with its examples and `--json`. `usage` as in commander: `name <required> [optional] [many...]`. */
export function leaf(parent: Command, usage: string, summary: string, examples: string[]): Command {
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print JSON for machines')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  banyan ${example}`).join('\n')}`);
}

/** Adds a command that only gathers others, as `runs` in `runs list`. */
export const group = (parent: Command, name: string, summary: string): Command =>
  parent.command(name).description(summary);

type Action = (...args: unknown[]) => Promise<void>;
type Printer = Omit<Context, keyof Session>;

/** An action that speaks to the hub. The handler receives the command's arguments, then its options. */
export const withHub = (
  shell: Shell,
  handler: (context: Context, ...args: never[]) => Promise<void>,
): Action =>
  local(shell, (printer, ...args: never[]) => handler({ ...printer, ...openSession(shell) }, ...args));

/** An action that needs no hub. */
export const local =
  (shell: Shell, handler: (printer: Printer, ...args: never[]) => Promise<void>): Action =>
  async (...all) => {
    // Commander passes the arguments, the options and last the command itself.
    const { json = false } = all.at(-2) as { json?: boolean };
    const printer: Printer = {
      shell,
      json,
      print: (value, text) =>
        void shell.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : text}\n`),
      note: (text) => void (json || shell.stderr.write(`${text}\n`)),
    };
    await handler(printer, ...(all.slice(0, -1) as never[]));
  };

/** Collects a repeatable option. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];
