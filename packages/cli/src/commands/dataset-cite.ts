import type { Command } from 'commander';
import { withHub } from '../command.ts';
import { CliError } from '../refusal.ts';
import { type VersionOptions, versionAt, versionLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';

export function addCite(dataset: Command, shell: Shell): void {
  versionLeaf(dataset, 'cite <dataset>', 'How to cite a version', [
    'dataset cite eth/penguins',
    'dataset cite eth/penguins --style cff > CITATION.cff',
    'dataset cite flora/species --model --revision v1.0',
  ])
    .option('--style <style>', 'bibtex, apa, cff or datacite', 'bibtex')
    .action(
      withHub(shell, async ({ hub, print }, path: string, options: VersionOptions & { style: string }) => {
        const citation = await hub.metadata.cite(versionAt(path, options));
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
}
