import { type ColumnProgram, valueOf } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { measure } from '../../measure.ts';
import { quantilesOf } from '../../quantiles.ts';
import { isMany, isNumeric, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { hasFolds, inTraining, selectPrograms, type Work } from '../work.ts';
import { isCategory } from './categories.ts';

const mostGroups = 10_000;

/** Fills missing values with a constant, or with the mean, median or mode of the training rows, or of a group of them. */
export async function impute(work: Work, options: StepOptions['impute']): Promise<void> {
  const programs = selectPrograms(
    work,
    'impute',
    options.columns,
    (program) => !isMany(program),
    'a single value',
  );
  const by = options.by === undefined ? undefined : groupColumn(work, options.by);
  const filled = programs.filter((program) => program !== by || options.columns !== '*');
  const statistics = await numbersFor(work, filled.filter(isNumeric), options.numbers);
  for (const program of filled) {
    if (!isNumeric(program)) {
      program.steps.push({ op: 'impute', value: await stringFor(work, program, options.strings) });
      continue;
    }
    const value = statistics.get(program)!;
    if (by === undefined || typeof options.numbers === 'object') program.steps.push({ op: 'impute', value });
    else
      program.steps.push({
        op: 'impute-by',
        by: valueOf(by),
        ...(await groupNumbers(work, program, by, options.numbers)),
        otherwise: value,
      });
  }
}

const isGroup = (one: ColumnProgram): boolean => isCategory(one) && !hasFolds(one);

function groupColumn(work: Work, name: string): ColumnProgram {
  const [by] = selectPrograms(
    work,
    'impute',
    [name],
    isGroup,
    'a category, which by: needs (cast: it to text)',
  );
  return by!;
}

type Statistic = Exclude<StepOptions['impute']['numbers'], object>;

const measureOf = (how: 'mean' | 'median', x: string): string =>
  how === 'mean' ? `avg(${x})` : `quantile_cont(${x}, 0.5)`;

/** The statistic of each group that has one in the training split. */
async function groupNumbers(
  work: Work,
  program: ColumnProgram,
  by: ColumnProgram,
  how: Statistic,
): Promise<{ keys: string[]; values: number[] }> {
  const values = `SELECT ${valueSql(by)} AS g, ${valueSql(program)} AS x FROM data WHERE ${inTraining}`;
  const groups =
    how === 'mode'
      ? `SELECT g, x FROM (SELECT g, x, row_number() OVER (PARTITION BY g ORDER BY count(*) DESC, x) AS place
         FROM (${values}) WHERE g IS NOT NULL AND x IS NOT NULL GROUP BY g, x) WHERE place = 1 ORDER BY g`
      : `SELECT g, ${measureOf(how, 'x')} FROM (${values}) WHERE g IS NOT NULL AND x IS NOT NULL GROUP BY g ORDER BY g`;
  const found = await work.tables.rows<[string, number]>(`${groups} LIMIT ${mostGroups + 1}`);
  if (found.length > mostGroups)
    throw new DataError(
      'column',
      `impute: "${by.name}" has more than ${mostGroups} different values, too many for groups`,
      { column: by.name },
    );
  return { keys: found.map(([key]) => key), values: found.map(([, value]) => value) };
}

/** The statistic of each of the programs, measured together. */
async function numbersFor(
  work: Work,
  programs: readonly ColumnProgram[],
  how: StepOptions['impute']['numbers'],
): Promise<Map<ColumnProgram, number>> {
  const found = await measuredFor(work, programs, how);
  return new Map(
    programs.map((program, i) => {
      const value = found[i];
      if (value === undefined) throw noValues(program);
      return [program, value];
    }),
  );
}

async function measuredFor(
  work: Work,
  programs: readonly ColumnProgram[],
  how: StepOptions['impute']['numbers'],
): Promise<(number | undefined)[]> {
  if (typeof how === 'object') return programs.map(() => how.constant);
  const [xs, training] = [programs.map((program) => valueSql(program)), `data WHERE ${inTraining}`];
  if (how === 'mean') return (await measure(work.tables, xs, training)).map((one) => one?.mean);
  if (how === 'median') return (await quantilesOf(work.tables, xs, training, [0.5])).map((one) => one?.[0]);
  const modes: number[] = [];
  for (const program of programs) modes.push(Number(await modeOf(work, program)));
  return modes;
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
