import type { ColumnStatistics } from '@banyan/contract';
import type { Command } from 'commander';
import { formatNumber } from '../amounts.ts';
import { answered } from '../answered.ts';
import { leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parsePath } from '../values.ts';

interface StatsOptions {
  revision: string;
  config?: string;
  split?: string;
}

export function addDatasetStats(dataset: Command, shell: Shell): void {
  leaf(dataset, 'stats <dataset>', 'What is in each column of a split', [
    'dataset stats eth/penguins',
    'dataset stats eth/penguins --split test',
  ])
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--config <config>', 'default: the first')
    .option('--split <split>', 'default: the first')
    .action(
      withHub(shell, async (context, path: string, options: StatsOptions) => {
        const found = await answered(context, () =>
          context.hub.data.statistics({ ...parsePath(path), ...defined(options) }),
        );
        const head = ['column', 'type', 'missing', 'distinct', 'min', 'median', 'max', 'most frequent'];
        context.print(found, `${table(head, found.columns.map(describe))}\n${found.rows} rows`);
      }),
    );
}

/** Of texts and lists, the numbers are their lengths. */
function describe({ name, type, missing, distinct, numbers, span, top }: ColumnStatistics): string[] {
  return [
    name,
    numbers !== undefined && (type === 'text' || type === 'list') ? `${type} (length)` : type,
    String(missing),
    distinct === undefined ? '' : String(distinct),
    span?.min ?? (numbers === undefined ? '' : formatNumber(numbers.min)),
    numbers === undefined ? '' : formatNumber(numbers.median),
    span?.max ?? (numbers === undefined ? '' : formatNumber(numbers.max)),
    (top ?? [])
      .slice(0, 3)
      .map(({ value, count }) => `${value} (${count})`)
      .join(', ')
      .slice(0, 60),
  ];
}
