import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../error.ts';
import { isNumeric, isOneHot, valueSql } from './program.ts';
import type { StepOptions } from './schema.ts';
import { inTraining, selectPrograms, type Work } from './work.ts';

/** Fills missing values with a constant, or with the mean, median or mode of the training rows. */
export async function impute(work: Work, options: StepOptions['impute']): Promise<void> {
  const programs = selectPrograms(
    work,
    'impute',
    options.columns,
    (program) => !isOneHot(program),
    'a single value',
  );
  for (const program of programs) {
    const value = isNumeric(program)
      ? await numberFor(work, program, options.numbers)
      : await stringFor(work, program, options.strings);
    program.steps.push({ op: 'impute', value });
  }
}

async function numberFor(
  work: Work,
  program: ColumnProgram,
  how: StepOptions['impute']['numbers'],
): Promise<number> {
  if (typeof how === 'object') return how.constant;
  if (how === 'mode') return Number(await modeOf(work, program));
  const x = valueSql(program);
  const measure = how === 'mean' ? `avg(${x})` : `quantile_cont(${x}, 0.5)`;
  const [row] = await work.tables.rows(`SELECT ${measure} FROM data WHERE ${inTraining}`);
  if (typeof row?.[0] !== 'number') throw noValues(program);
  return row[0];
}

async function stringFor(
  work: Work,
  program: ColumnProgram,
  how: StepOptions['impute']['strings'],
): Promise<string> {
  return typeof how === 'object' ? how.constant : String(await modeOf(work, program));
}

/** The most frequent value; of equally frequent ones the smallest. */
async function modeOf(work: Work, program: ColumnProgram): Promise<string | number> {
  const [row] = await work.tables.rows(
    `SELECT x FROM (SELECT ${valueSql(program)} AS x FROM data WHERE ${inTraining}) WHERE x IS NOT NULL
     GROUP BY x ORDER BY count(*) DESC, x LIMIT 1`,
  );
  const value = row?.[0];
  if (typeof value !== 'number' && typeof value !== 'string') throw noValues(program);
  return value;
}

function noValues(program: ColumnProgram): DataError {
  return new DataError(
    'column',
    `impute: "${program.name}" has no value in the training split to learn from; impute a constant, or leave it out with select`,
    { column: program.name },
  );
}
