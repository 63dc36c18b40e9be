import type { Deployment } from '@banyan/contract';
import type { Command } from 'commander';
import { collect, leaf, withHub } from '../command.ts';
import { type CompletionEnd, streamCompletion } from '../completion.ts';
import { CliError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { parseNumber, parseWhole } from '../values.ts';

interface GenerateOptions {
  maxTokens: number;
  temperature?: number;
  seed?: number;
  stop?: string[];
}

export function addGenerate(program: Command, shell: Shell): void {
  leaf(program, 'generate <deployment> <prompt>', 'Let a deployed language model go on with a text', [
    'generate ishmael "Call me" --max-tokens 40',
    'generate ishmael "Call me" --temperature 0 --stop "." --json',
  ])
    .option('--max-tokens <n>', 'the most it writes', parseWhole('--max-tokens', 1, 8192), 100)
    .option(
      '--temperature <t>',
      'from 0 (the likeliest token each time) to 2 (nearly any)',
      parseNumber('--temperature', 0, 2),
    )
    .option(
      '--seed <seed>',
      'fixes the draws: the same text at each call',
      parseWhole('--seed', 0, Number.MAX_SAFE_INTEGER),
    )
    .option('--stop <text>', 'end where this would come next (repeatable)', collect)
    .action(
      withHub(
        shell,
        async ({ hub, url, token, json, print }, name: string, prompt: string, options: GenerateOptions) => {
          requireWriter(await hub.deployments.get({ name }));
          const { maxTokens, temperature, seed, stop } = options;
          const request = { model: name, prompt, max_tokens: maxTokens, temperature, seed, stop };
          const pieces = streamCompletion({ url, token }, request, shell.signal);
          if (json) return print(await collectText(pieces, () => {}), '');
          let begun = false;
          try {
            await collectText(pieces, (piece) => {
              begun = true;
              shell.stdout.write(piece);
            });
          } finally {
            // Also after a text that broke off, so that the reason begins on a line of its own.
            if (begun) shell.stdout.write('\n');
          }
        },
      ),
    );
}

/** That a deployment answers now, with text. */
function requireWriter({ name, state, message, addresses }: Deployment): void {
  if (state !== 'ready')
    throw new CliError(`${name} is ${state}${message === undefined ? '.' : `: ${message}`}`, {
      hint: 'banyan deployments list',
    });
  if (addresses.completions === undefined)
    throw new CliError(`${name} does not write text: it answers raw rows.`, {
      hint: `banyan predict ${name} --row '{"column": value}'`,
    });
}

/** Hands on the pieces as they come; returns all of it. */
async function collectText(
  pieces: AsyncGenerator<string, CompletionEnd>,
  onPiece: (piece: string) => void,
): Promise<CompletionEnd & { text: string }> {
  let text = '';
  for (;;) {
    const next = await pieces.next();
    if (next.done) return { text, ...next.value };
    text += next.value;
    onPiece(next.value);
  }
}
