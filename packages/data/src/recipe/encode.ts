import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../error.ts';
import { literals } from '../sql.ts';
import { isNumeric, isOneHot, valueSql } from './program.ts';
import type { StepOptions } from './schema.ts';
import { inTraining, own, selectPrograms, type Work } from './work.ts';

const mostCategories = 1000;

const isCategory = (program: ColumnProgram): boolean => !isNumeric(program) && !isOneHot(program);

/**
 * Turns categories into numbers: one-hot, a feature for each category seen in training, or ordinal, its place among
 * them in alphabetical order. A category that training has not seen, or a missing one, is all zeros, or -1.
 */
export async function encode(work: Work, options: StepOptions['encode']): Promise<void> {
  const programs = selectPrograms(
    work,
    'encode',
    options.columns,
    isCategory,
    'a category still to be encoded',
  );
  for (const program of programs) {
    const x = valueSql(program);
    const seen = await work.tables.rows<[string]>(
      `SELECT DISTINCT x FROM (SELECT ${x} AS x FROM data WHERE ${inTraining}) WHERE x IS NOT NULL ORDER BY x`,
    );
    const categories = seen.map(([category]) => category);
    if (categories.length === 0) {
      throw new DataError(
        'column',
        `encode: "${program.name}" has no value in the training split; leave it out with select`,
        {
          column: program.name,
        },
      );
    }
    if (categories.length > mostCategories) {
      throw new DataError(
        'column',
        `encode: "${program.name}" has ${categories.length} different values, more than ${mostCategories}; it looks like a name or an identifier: leave it out with select: { except: [...] }`,
        { column: program.name, categories: categories.length },
      );
    }
    const [unseen] = await work.tables.row<[number]>(
      `SELECT count(DISTINCT ${x}) FROM data WHERE ${own.split} > 0 AND NOT list_contains(${literals(categories)}, ${x})`,
    );
    if (unseen > 0) {
      work.notes.push(
        `"${program.name}" has ${unseen} categor${unseen === 1 ? 'y' : 'ies'} outside training only; encoded as unknown`,
      );
    }
    program.steps.push({ op: options.method, categories });
    program.width = options.method === 'one-hot' ? categories.length : 1;
  }
}
