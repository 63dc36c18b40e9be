import type { Command } from 'commander';
import { leaf, withHub } from '../command.ts';
import type { Shell } from '../shell.ts';
import { printRows, type RowsOptions, rowsOptions } from './dataset-rows.ts';

export function addDatasetSearch(dataset: Command, shell: Shell): void {
  rowsOptions(
    leaf(dataset, 'search <dataset> <text>', 'Rows whose texts hold a word, in upper or lower case', [
      'dataset search eth/penguins gentoo',
      'dataset search eth/reviews "not bad" --split test',
    ]),
  ).action(
    withHub(shell, (context, path: string, search: string, options: RowsOptions) =>
      printRows(context, path, { ...options, search }),
    ),
  );
}
