import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { refuse, uploadBlob } from '@banyan/contract';
import type { Command } from 'commander';
import { formatBytes } from '../amounts.ts';
import { leaf, withHub } from '../command.ts';
import { CliError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { parsePath } from '../values.ts';

interface Version {
  revision: string;
  model?: boolean;
}

const versionOf = (path: string, { revision, model }: Version) => ({
  kind: model === true ? ('model' as const) : ('dataset' as const),
  ...parsePath(path),
  revision,
});

/** Citing, exporting and describing a version. */
export function addMetadata(dataset: Command, shell: Shell): void {
  leaf(dataset, 'cite <dataset>', 'How to cite a version', [
    'dataset cite eth/penguins',
    'dataset cite eth/penguins --style cff > CITATION.cff',
    'dataset cite flora/species --model --revision v1.0',
  ])
    .option('--style <style>', 'bibtex, apa, cff or datacite', 'bibtex')
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--model', 'a model instead')
    .action(
      withHub(shell, async ({ hub, print }, path: string, options: Version & { style: string }) => {
        const citation = await hub.metadata.cite(versionOf(path, options));
        const texts: Record<string, string> = {
          bibtex: citation.bibtex,
          apa: citation.apa,
          cff: citation.cff,
          datacite: JSON.stringify(citation.datacite, undefined, 2),
        };
        const text = Object.hasOwn(texts, options.style) ? texts[options.style] : undefined;
        if (text === undefined)
          throw new CliError(`There is no style "${options.style}".`, {
            hint: `Take one of ${Object.keys(texts).join(', ')}.`,
          });
        print(citation, text.trimEnd());
      }),
    );

  leaf(dataset, 'export <dataset>', 'A version as an RO-Crate, or its description as Croissant', [
    'dataset export eth/penguins --to penguins.zip',
    'dataset export eth/penguins --format croissant --to penguins.json',
    'dataset export flora/species --model --to species.zip',
  ])
    .option('--format <format>', 'ro-crate (a ZIP with all files) or croissant (JSON-LD)', 'ro-crate')
    .option('--to <file>', 'where to write it; by default named after the dataset')
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--model', 'a model instead')
    .action(
      withHub(
        shell,
        async (
          { hub, url, token, print },
          path: string,
          options: Version & { format: string; to?: string },
        ) => {
          const at = versionOf(path, options);
          if (options.format === 'croissant') {
            const { croissant } = await hub.metadata.croissant(at);
            const file = options.to ?? `${at.name}.croissant.json`;
            await writeFile(file, `${JSON.stringify(croissant, undefined, 2)}\n`);
            return print({ file, croissant }, `Wrote ${file}`);
          }
          if (options.format !== 'ro-crate')
            throw new CliError(`There is no format "${options.format}".`, {
              hint: 'Take ro-crate or croissant.',
            });
          const file = options.to ?? `${at.name}.zip`;
          const address = `${url.replace(/\/+$/, '')}/api/export/${at.kind}/${at.namespace}/${at.name}/${at.revision}.zip`;
          const response = await fetch(address, {
            headers: { authorization: `Bearer ${token}` },
            signal: shell.signal,
          });
          await refuse(response);
          if (!response.body) throw new CliError('The hub sent no archive.');
          // Half an archive must not look like one.
          const part = `${file}.part`;
          let sizeBytes = 0;
          try {
            await pipeline(
              counted(response.body, (bytes) => (sizeBytes += bytes)),
              createWriteStream(part),
              { signal: shell.signal },
            );
            await rename(part, file);
          } finally {
            await rm(part, { force: true });
          }
          return print({ file, sizeBytes }, `Wrote ${file} (${formatBytes(sizeBytes)})`);
        },
      ),
    );

  leaf(dataset, 'card <dataset>', 'The card: shown, started, checked or committed', [
    'dataset card eth/penguins',
    'dataset card eth/penguins --start > README.md',
    'dataset card eth/penguins --check README.md',
    'dataset card eth/penguins --commit README.md --message "Say how they were measured"',
  ])
    .option('--start', 'a first card from what the hub knows; nothing is committed')
    .option('--check <file>', 'say what is wrong with a card')
    .option('--commit <file>', 'make a file the card')
    .option('--message <text>', 'what changed', 'Change the card')
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--model', 'a model instead')
    .action(
      withHub(
        shell,
        async (
          { hub, url, token, print },
          path: string,
          options: Version & { start?: boolean; check?: string; commit?: string; message: string },
        ) => {
          const at = versionOf(path, options);
          if (options.start === true) {
            const started = await hub.metadata.startCard(at);
            return print(started, started.markdown.trimEnd());
          }
          const file = options.check ?? options.commit;
          if (file === undefined) {
            const card = await hub.repositories.card(at);
            return print(card, card.markdown.trimEnd());
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

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tell(chunk.length);
    yield chunk;
  }
}
