import { isNumeric, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { dropRows, inTraining, selectPrograms, type Work } from '../work.ts';

/**
 * Bounds each column to what is usual in the training rows: quartiles by Tukey's fences, Q1 - k IQR to Q3 + k IQR with
 * k = 1.5, or mean by k standard deviations with k = 3. Clipping is part of the served model. Dropping takes rows from
 * the training split alone: a test without its odd rows would promise more than the model can keep.
 */
export async function outliers(work: Work, options: StepOptions['outliers']): Promise<void> {
  const programs = selectPrograms(work, 'outliers', options.columns, isNumeric, 'a number');
  const k = options.factor ?? (options.method === 'iqr' ? 1.5 : 3);
  for (const program of programs) {
    const x = valueSql(program);
    const [low, high] = await work.tables.row(
      options.method === 'iqr'
        ? `SELECT q[1] - ${k} * (q[2] - q[1]), q[2] + ${k} * (q[2] - q[1]) FROM
           (SELECT quantile_cont(${x}, [0.25, 0.75]) AS q FROM data WHERE ${inTraining})`
        : `SELECT m - ${k} * s, m + ${k} * s FROM
           (SELECT avg(${x}) AS m, stddev_pop(${x}) AS s FROM data WHERE ${inTraining})`,
    );
    if (typeof low !== 'number' || typeof high !== 'number') continue;
    if (options.action === 'clip') {
      program.steps.push({ op: 'clip', low, high });
    } else {
      const beyond = `${inTraining} AND coalesce(${x} < ${low} OR ${x} > ${high}, false)`;
      await dropRows(
        work,
        beyond,
        `training rows with "${program.name}" outside ${low.toPrecision(6)} to ${high.toPrecision(6)}`,
      );
    }
  }
}
