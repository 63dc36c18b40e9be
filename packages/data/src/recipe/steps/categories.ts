import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { isMany, isNumeric, valueSql } from '../program.ts';
import { inTraining, type Work } from '../work.ts';

export const isCategory = (program: ColumnProgram): boolean => !isNumeric(program) && !isMany(program);

/**
 * The categories of the training rows, in the order of their bytes, and how many others the rest of the rows have.
 * @throws DataError 'column' for none, or more than `most`
 */
export async function categoriesOf(
  work: Work,
  program: ColumnProgram,
  most = 1000,
): Promise<{ categories: string[]; unseen: number }> {
  const { tables } = work;
  const found = `(SELECT x, bool_or(trains) AS trains FROM (SELECT ${valueSql(program)} AS x, ${inTraining} AS trains FROM data)
     GROUP BY x HAVING x IS NOT NULL)`;
  const seen = await tables.rows<[string, number]>(
    `SELECT x, unseen FROM (SELECT x, trains, count(*) FILTER (NOT trains) OVER () AS unseen FROM ${found})
     WHERE trains ORDER BY x LIMIT ${most + 1}`,
  );
  if (seen.length === 0)
    throw new DataError(
      'column',
      `encode: "${program.name}" has no value in the training split; leave it out with select`,
      { column: program.name },
    );
  if (seen.length > most)
    throw new DataError(
      'column',
      `encode: "${program.name}" has more than ${most} different values; it looks like a name or an identifier: leave it out with select: { except: [...] }, keep the frequent ones with most: 100, or take method: hash`,
      { column: program.name, categories: seen.length },
    );
  return { categories: seen.map(([category]) => category), unseen: seen[0]![1] };
}
