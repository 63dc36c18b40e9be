import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { refuse } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { formatBytes } from '../amounts.ts';
import { withHub } from '../command.ts';
import { CliError } from '../refusal.ts';
import { type VersionOptions, versionAt, versionLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';

export function addExport(dataset: Command, shell: Shell): void {
  versionLeaf(dataset, 'export <dataset>', 'A version as an RO-Crate, or its description as Croissant', [
    'dataset export eth/penguins --to penguins.zip',
    'dataset export eth/penguins --format croissant --to penguins.json',
    'dataset export flora/species --model --to species.zip',
  ])
    .addOption(
      new Option('--format <format>', 'ro-crate: a ZIP with all files; croissant: JSON-LD')
        .choices(['ro-crate', 'croissant'])
        .default('ro-crate'),
    )
    .option('--to <file>', 'where to write it; by default named after the dataset')
    .action(
      withHub(
        shell,
        async (
          { hub, url, token, print },
          path: string,
          options: VersionOptions & { format: 'ro-crate' | 'croissant'; to?: string },
        ) => {
          const at = versionAt(path, options);
          if (options.format === 'croissant') {
            const { croissant } = await hub.metadata.croissant(at);
            const file = options.to ?? `${at.name}.croissant.json`;
            await writeFile(file, `${JSON.stringify(croissant, undefined, 2)}\n`);
            return print({ file, croissant }, `Wrote ${file}`);
          }
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
