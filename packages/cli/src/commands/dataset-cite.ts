import { type Command, Option } from 'commander';
import { withHub } from '../command.ts';
import { type VersionOptions, versionAt, versionLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';

const styles = ['bibtex', 'apa', 'cff', 'datacite'] as const;
type Style = (typeof styles)[number];

export function addCite(dataset: Command, shell: Shell): void {
  versionLeaf(dataset, 'cite <dataset>', 'How to cite a version', [
    'dataset cite eth/penguins',
    'dataset cite eth/penguins --style cff > CITATION.cff',
    'dataset cite flora/species --model --revision v1.0',
  ])
    .addOption(new Option('--style <style>', 'in which form').choices(styles).default('bibtex'))
    .action(
      withHub(
        shell,
        async ({ hub, print }, path: string, { style, ...options }: VersionOptions & { style: Style }) => {
          const citation = await hub.metadata.cite(versionAt(path, options));
          const text =
            style === 'datacite' ? JSON.stringify(citation.datacite, undefined, 2) : citation[style];
          print(citation, text.trimEnd());
        },
      ),
    );
}
