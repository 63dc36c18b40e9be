import { measure } from '../../measure.ts';
import { quantiles } from '../../quantiles.ts';
import { numberSql } from '../expression/expression-sql.ts';
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
    const [low, high] = await usual(work, x, options.method, k);
    if (low === undefined || high === undefined) continue;
    if (options.action === 'clip') {
      program.steps.push({ op: 'clip', low, high });
    } else {
      const beyond = `${inTraining} AND coalesce(${x} < ${numberSql(low)} OR ${x} > ${numberSql(high)}, false)`;
      await dropRows(
        work,
        beyond,
        `training rows with "${program.name}" outside ${low.toPrecision(6)} to ${high.toPrecision(6)}`,
      );
    }
  }
}

/** The lowest and the highest value that is no outlier; nothing for a column without values. */
async function usual(
  work: Work,
  x: string,
  method: StepOptions['outliers']['method'],
  k: number,
): Promise<[number, number] | []> {
  const training = `data WHERE ${inTraining}`;
  if (method === 'iqr') {
    const [q1, q3] = (await quantiles(work.tables, x, training, [0.25, 0.75])) ?? [];
    return q1 === undefined || q3 === undefined ? [] : [q1 - k * (q3 - q1), q3 + k * (q3 - q1)];
  }
  const [moments] = await measure(work.tables, [x], training);
  if (!moments) return [];
  const far = k * Math.sqrt(moments.variance);
  return [moments.mean - far, moments.mean + far];
}
