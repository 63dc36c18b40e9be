import { DataError } from '../error.ts';
import type { Fitted } from '../fitted.ts';
import { measure } from '../measure.ts';
import { identifier, literals } from '../sql.ts';
import { classWeights } from './steps/balance.ts';
import { inTraining, own, type Work } from './work.ts';

const mostLabels = 1000;

/** What is fitted about the target: its labels, or its mean and standard deviation in the training split. */
export async function fitTarget(work: Work): Promise<Fitted['target']> {
  const { target, task } = work.roles;
  if (!target) return undefined;
  const y = identifier(target.name);
  if (task === 'classification') {
    const { labels, counts } = await findLabels(work, target.name);
    const isWeighted = work.recipe.steps.some(
      (step) => 'balance' in step && step.balance.method === 'weights',
    );
    return { column: target.name, labels, ...(isWeighted ? { weights: classWeights(counts) } : {}) };
  }
  const [moments] = await measure(work.tables, [y], `data WHERE ${inTraining}`);
  const [mean, std] = moments ? [moments.mean, Math.sqrt(moments.variance)] : [0, 0];
  if (std === 0) work.notes.push(`the target "${target.name}" is constant in the training split`);
  return { column: target.name, mean, std: std || 1 };
}

/** Labels of all splits, as they are part of the question, with their training rows; numbers in their order, words in the alphabet's. */
async function findLabels(work: Work, target: string): Promise<{ labels: string[]; counts: number[] }> {
  const y = identifier(target);
  const found = await work.tables.rows<[string, number]>(
    `SELECT label, n FROM (SELECT ${y} AS label, count(*) FILTER (${inTraining}) AS n FROM data GROUP BY ${y})
     ORDER BY TRY_CAST(label AS DOUBLE) NULLS LAST, label LIMIT ${mostLabels + 1}`,
  );
  const labels = found.map(([label]) => label);
  if (labels.length < 2) {
    throw new DataError(
      'column',
      `the target "${target}" has a single value, "${labels[0]}"; there is nothing to tell apart`,
      { column: target },
    );
  }
  if (labels.length > mostLabels) {
    throw new DataError(
      'column',
      `the target "${target}" has more than ${mostLabels} different values, too many for classes; choose another target, or task: regression`,
      { column: target },
    );
  }
  const untaught = found.filter(([, count]) => count === 0).map(([label]) => `"${label}"`);
  if (untaught.length > 0)
    work.notes.push(`no training row has the label ${untaught.join(', ')}; it cannot be learned`);
  return { labels, counts: found.map(([, count]) => count) };
}

/** The target as learned from: the index of its label, or its raw value. */
export function targetSql(fitted: NonNullable<Fitted['target']>): string {
  const y = identifier(fitted.column);
  if (!fitted.labels) return `CAST(${y} AS FLOAT) AS ${own.target}`;
  return `CAST(list_position(${literals(fitted.labels)}, ${y}) - 1 AS INTEGER) AS ${own.target}`;
}
