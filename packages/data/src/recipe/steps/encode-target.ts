import { type ColumnProgram, type ColumnStep, sourceOf } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { identifier, literal } from '../../sql.ts';
import { foldSql, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { addProgram, inTraining, type Work } from '../work.ts';
import { categoriesOf } from './categories.ts';

const mostLabels = 20;

/**
 * A category as the mean of the target in its training rows, drawn towards the mean of all by `smoothing` rows
 * (Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD Explorations 3, 2001).
 * Training rows get the mean of the other folds, so that no row sees its own target; all others that of the whole split.
 * Of two labels the second counts; of more, each has a feature.
 */
export async function encodeTarget(
  work: Work,
  program: ColumnProgram,
  { folds = 5, smoothing = 10 }: StepOptions['encode'],
): Promise<void> {
  const { categories } = await categoriesOf(work, program);
  const seed = work.random.fork(`target ${program.name}`).integer(2 ** 31);
  const features: ColumnProgram[] = [];
  for (const { suffix, y } of await outcomes(work)) {
    const counts = await work.tables.rows<Count>(
      `SELECT x, fold, count(*), sum(y) FROM (SELECT ${valueSql(program)} AS x, ${foldSql(folds, seed)} AS fold,
       ${y} AS y FROM data WHERE ${inTraining}) GROUP BY x, fold ORDER BY x, fold`,
    );
    const score = fitScore(categories, counts, { folds, smoothing, seed });
    const name = `${program.name}${suffix}`;
    features.push({ ...program, name, from: sourceOf(program), steps: [...program.steps, score] });
  }
  const [only] = features;
  if (features.length === 1 && only !== undefined) program.steps = only.steps;
  else {
    for (const feature of features) addProgram(work, 'encode', feature);
    work.programs = work.programs.filter((other) => other !== program);
  }
}

/** A category (null: missing) and a fold: how many training rows, and the sum of their targets. */
type Count = [category: string | null, fold: number, rows: number, sum: number];

function fitScore(
  categories: string[],
  counts: readonly Count[],
  { folds, smoothing, seed }: { folds: number; smoothing: number; seed: number },
): Extract<ColumnStep, { op: 'score' }> {
  const means = (without?: number) => {
    const sums = new Map<string | null, { rows: number; sum: number }>();
    const all = { rows: 0, sum: 0 };
    for (const [category, fold, rows, sum] of counts) {
      if (fold === without) continue;
      const known = sums.get(category) ?? { rows: 0, sum: 0 };
      sums.set(category, { rows: known.rows + rows, sum: known.sum + sum });
      all.rows += rows;
      all.sum += sum;
    }
    const mean = all.rows === 0 ? 0 : all.sum / all.rows;
    const values = categories.map((category) => {
      const { rows, sum } = sums.get(category) ?? { rows: 0, sum: 0 };
      return rows + smoothing === 0 ? mean : (sum + smoothing * mean) / (rows + smoothing);
    });
    return { values, mean };
  };
  const { values, mean } = means();
  return {
    op: 'score',
    categories,
    values,
    otherwise: mean,
    // Last in each fold stands what a missing category gets.
    folds: Array.from({ length: folds }, (_, fold) => {
      const others = means(fold);
      return [...others.values, others.mean];
    }),
    seed,
  };
}

/** What the means are of: the target, or 1 for each row of a label. */
async function outcomes(work: Work): Promise<{ suffix: string; y: string }[]> {
  const { target, task, kind } = work.roles;
  if (target === undefined || kind !== 'tabular')
    throw new DataError('recipe', 'encode: method: target needs rows with a target: to learn from');
  const y = identifier(target.name);
  if (task === 'regression') return [{ suffix: '', y: `CAST(${y} AS DOUBLE)` }];
  const labels = (
    await work.tables.rows<[string]>(
      `SELECT DISTINCT ${y} FROM data WHERE ${inTraining} ORDER BY 1 LIMIT ${mostLabels + 1}`,
    )
  ).map(([label]) => label);
  if (labels.length > mostLabels)
    throw new DataError(
      'column',
      `encode: "${target.name}" has more than ${mostLabels} labels, each of which would be a feature; take method: one-hot`,
      { column: target.name },
    );
  const counted = labels.length === 2 ? labels.slice(1) : labels;
  return counted.map((label) => ({
    suffix: labels.length === 2 ? '' : ` for ${label}`,
    y: `CAST(${y} = ${literal(label)} AS DOUBLE)`,
  }));
}
