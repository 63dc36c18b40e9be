import { toCsv } from '@banyan/contract';
import type { Command } from 'commander';
import { answered, showCell } from '../answered.ts';
import { type Context, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parsePath, parseWhole } from '../values.ts';

export interface RowsOptions {
  revision: string;
  config?: string;
  split?: string;
  offset: number;
  length: number;
  where?: string;
  orderBy?: string[];
  csv?: boolean;
}

/** What the commands that show rows take alike. */
export const rowsOptions = (command: Command): Command =>
  command
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--config <config>', 'default: the first')
    .option('--split <split>', 'default: the first')
    .option('--offset <rows>', 'rows to skip', parseWhole('--offset', 0, 1e12), 0)
    .option('--length <rows>', 'rows to show, at most 100', parseWhole('--length', 1, 100), 20)
    .option('--where <condition>', 'an SQL expression over the columns')
    .option('--order-by <column...>', 'column, or "column desc"')
    .option('--csv', 'print CSV');

export function addDatasetRows(dataset: Command, shell: Shell): void {
  rowsOptions(
    leaf(dataset, 'rows <dataset>', 'Rows, by page, condition and order', [
      'dataset rows eth/penguins',
      'dataset rows eth/penguins --split test --offset 100',
      `dataset rows eth/penguins --where "mass > 4000" --order-by "mass desc"`,
    ]),
  ).action(
    withHub(shell, (context, path: string, options: RowsOptions) => printRows(context, path, options)),
  );
}

export async function printRows(
  context: Context,
  path: string,
  { orderBy = [], csv = false, ...options }: RowsOptions & { search?: string },
): Promise<void> {
  const order = orderBy.map((term) => {
    const [, column = term, direction] = /^(.*?)(?:\s+(asc|desc))?$/is.exec(term) ?? [];
    return { column, descending: direction?.toLowerCase() === 'desc' };
  });
  const found = await answered(context, () =>
    context.hub.data.rows({ ...parsePath(path), ...defined(options), orderBy: order }),
  );
  const columns = Object.keys(found.features);
  const cells = found.rows.map(({ row }) => columns.map((column) => row[column] ?? null));
  if (csv) {
    context.shell.stdout.write(toCsv(columns, cells));
    return;
  }
  const shown = found.rows.map(({ index }, at) => [String(index), ...(cells[at] ?? []).map(showCell)]);
  const first = options.offset + Math.min(1, shown.length);
  context.print(
    found,
    `${table(['row', ...columns], shown)}\n${first} to ${options.offset + shown.length} of ${found.total}`,
  );
}
