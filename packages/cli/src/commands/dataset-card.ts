import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { uploadBlob } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { withHub } from '../command.ts';
import { CliError } from '../refusal.ts';
import { type VersionOptions, versionAt, versionLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';
import { printable } from '../table.ts';

export function addCard(dataset: Command, shell: Shell): void {
  versionLeaf(dataset, 'card <dataset>', 'The card: shown, started, checked or committed', [
    'dataset card eth/penguins',
    'dataset card eth/penguins --start > README.md',
    'dataset card eth/penguins --check README.md',
    'dataset card eth/penguins --commit README.md --message "Say how they were measured"',
  ])
    .addOption(
      new Option('--start', 'a first card from what the hub knows; nothing is committed').conflicts([
        'check',
        'commit',
      ]),
    )
    .addOption(new Option('--check <file>', 'say what is wrong with a card').conflicts('commit'))
    .option('--commit <file>', 'make a file the card')
    .option('-m, --message <text>', 'what changed', 'Change the card')
    .action(
      withHub(
        shell,
        async (
          { hub, url, token, shell: { stdout }, print },
          path: string,
          options: VersionOptions & { start?: boolean; check?: string; commit?: string; message: string },
        ) => {
          const at = versionAt(path, options);
          if (options.start === true) {
            const started = await hub.metadata.startCard(at);
            return print(started, started.markdown.trimEnd());
          }
          const file = options.check ?? options.commit;
          if (file === undefined) {
            const card = await hub.repositories.card(at);
            const markdown = card.markdown.trimEnd();
            return print(card, stdout.isTTY === true ? printable(markdown) : markdown);
          }
          const markdown = await readFile(file, 'utf8');
          const found = await hub.metadata.checkCard({ kind: at.kind, markdown });
          const place = ({ line }: { line?: number | undefined }) =>
            `${basename(file)}${line === undefined ? '' : `:${line}`}`;
          const lines = [
            ...found.errors.map((one) => `${place(one)}: ${one.message}`),
            ...found.warnings.map((one) => `${place(one)}: ${one.message} (may stay)`),
          ];
          if (found.errors.length > 0)
            throw new CliError(`The card cannot be read as it is.\n${lines.join('\n')}`, {
              code: 'BAD_CARD',
            });
          if (options.commit === undefined)
            return print(found, lines.length === 0 ? 'The card reads well.' : lines.join('\n'));
          const { sha256 } = await uploadBlob({ url, token }, new TextEncoder().encode(markdown));
          const { revision: branch, ...repository } = at;
          const commit = await hub.repositories.commit({
            ...repository,
            branch,
            message: options.message,
            operations: [{ op: 'add', path: 'README.md', sha256 }],
          });
          return print(commit, [...lines, `Committed as ${commit.id.slice(0, 10)}`].join('\n'));
        },
      ),
    );
}
