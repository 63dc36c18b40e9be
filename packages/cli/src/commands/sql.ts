import { toCsv } from '@banyan/contract';
import type { Command } from 'commander';
import { answered, showCell } from '../answered.ts';
import { leaf, withHub } from '../command.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parsePath, parseWhole } from '../values.ts';

interface SqlOptions {
  revision: string;
  rows: number;
  csv?: boolean;
}

export function addSql(program: Command, shell: Shell): void {
  leaf(program, 'sql <dataset> <select>', 'One SELECT over the splits of a dataset, which are its tables', [
    `sql eth/penguins "SELECT species, avg(mass) FROM train GROUP BY 1"`,
    `sql eth/penguins "SUMMARIZE train" --csv`,
  ])
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--rows <count>', 'rows to fetch, at most 10000', parseWhole('--rows', 1, 10_000), 1000)
    .option('--csv', 'print CSV')
    .action(
      withHub(shell, async (context, path: string, sql: string, { csv = false, ...options }: SqlOptions) => {
        const found = await answered(context, () =>
          context.hub.data.sql({ ...parsePath(path), ...options, sql }),
        );
        const columns = found.columns.map(({ name }) => name);
        if (csv) {
          context.shell.stdout.write(toCsv(columns, found.rows));
          return;
        }
        const shown = found.rows.map((row) => row.map(showCell));
        const note = `${found.rows.length} rows in ${found.elapsedMs} ms${found.truncated ? '; there are more' : ''}`;
        context.print(found, `${table(columns, shown)}\n${note}`);
      }),
    );
}
