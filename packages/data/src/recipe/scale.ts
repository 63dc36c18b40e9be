import { DataError } from '../error.ts';
import { isNumeric, valueSql } from './program.ts';
import type { StepOptions } from './schema.ts';
import { inTraining, selectPrograms, type Work } from './work.ts';

/**
 * Scales numbers by what the training rows show: standard, (x - mean) / std, or min-max, (x - min) / (max - min). A
 * constant column has no spread to divide by and becomes 0.
 */
export async function scale(work: Work, options: StepOptions['scale']): Promise<void> {
  const programs = selectPrograms(work, 'scale', options.columns, isNumeric, 'a number');
  for (const program of programs) {
    const x = valueSql(program);
    const measures =
      options.method === 'standard' ? `avg(${x}), stddev_pop(${x})` : `min(${x}), max(${x}) - min(${x})`;
    const [centre, spread] = await work.tables.row(`SELECT ${measures} FROM data WHERE ${inTraining}`);
    if (typeof centre !== 'number' || typeof spread !== 'number') {
      throw new DataError(
        'column',
        `scale: "${program.name}" has no value in the training split; leave it out with select`,
        {
          column: program.name,
        },
      );
    }
    // Rounding can leave a constant column a spread of its last bit.
    const isConstant = spread <= Math.abs(centre) * 1e-12;
    if (isConstant) work.notes.push(`"${program.name}" is constant in the training split and becomes 0`);
    const divisor = isConstant ? 1 : spread;
    program.steps.push({ op: 'affine', scale: 1 / divisor, shift: -centre / divisor });
  }
}

/** ln(1 + x), for counts and amounts that span orders of magnitude. */
export async function log1p(work: Work, options: StepOptions['log1p']): Promise<void> {
  for (const program of selectPrograms(work, 'log1p', options.columns, isNumeric, 'a number')) {
    const [smallest] = await work.tables.row<[number | null]>(`SELECT min(${valueSql(program)}) FROM data`);
    if (smallest !== null && smallest <= -1) {
      throw new DataError(
        'column',
        `log1p: "${program.name}" goes down to ${smallest}; it must stay above -1`,
        { column: program.name },
      );
    }
    program.steps.push({ op: 'log1p' });
  }
}
