import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { numberSql } from '../expression/expression-sql.ts';
import { isNumeric, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { inTraining, selectPrograms, type Work } from '../work.ts';

/** Numbers as the index of the interval they lie in: of equal width, of equally many training rows, or given. */
export async function bin(work: Work, options: StepOptions['bin']): Promise<void> {
  for (const program of selectPrograms(work, 'bin', options.columns, isNumeric, 'a number'))
    program.steps.push({ op: 'bin', edges: options.edges ?? (await fitEdges(work, program, options)) });
}

async function fitEdges(
  work: Work,
  program: ColumnProgram,
  { method, bins }: StepOptions['bin'],
): Promise<number[]> {
  const shares = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  const values = `(SELECT ${valueSql(program)} AS x FROM data WHERE ${inTraining})`;
  const [least, most, quantiles] = await work.tables.row<[number | null, number | null, number[] | null]>(
    `SELECT min(x), max(x), quantile_cont(x, [${shares.map(numberSql).join(', ')}]) FROM ${values}`,
  );
  if (least === null || most === null || quantiles === null || least === most)
    throw new DataError(
      'column',
      `bin: "${program.name}" has not two different values in the training split`,
      {
        column: program.name,
      },
    );
  const edges =
    method === 'width' ? shares.map((share) => least + (most - least) * share) : [...new Set(quantiles)];
  const useful = edges.filter((edge) => edge > least);
  if (useful.length < bins - 1)
    work.notes.push(
      `"${program.name}" has ${useful.length + 1} bins, not ${bins}: the same values fill several`,
    );
  return useful;
}

/** What the bins of a column are called. */
export const binNames = (edges: readonly number[]): string[] =>
  [...edges, Number.POSITIVE_INFINITY].map((edge, i) =>
    i === 0
      ? `below ${short(edge)}`
      : edge === Number.POSITIVE_INFINITY
        ? `from ${short(edges[i - 1]!)}`
        : `${short(edges[i - 1]!)} to ${short(edge)}`,
  );

const short = (value: number): string => String(Number(value.toPrecision(9)));
