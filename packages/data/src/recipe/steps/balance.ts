import { DataError } from '../../error.ts';
import { identifier } from '../../sql.ts';
import type { StepOptions } from '../schema.ts';
import { dropRows, inTraining, own, type Work } from '../work.ts';

/**
 * How much a training row of each class counts, so that all classes weigh as much together: n / (k * n_c) of n rows, n_c of
 * them of this class, in k classes that have any (King and Zeng, Logistic Regression in Rare Events Data, 2001). The mean
 * over the rows is 1.
 * @param counts training rows of each class
 */
export function classWeights(counts: readonly number[]): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count > 0 ? rows / (present * count) : 1));
}

/** How many times as many rows oversampling may make of the training split. */
const mostGrowth = 20;

/**
 * As many training rows of every class: those of the frequent ones are thinned out, or those of the rare ones repeated,
 * by seed. The other splits stay as the world is. Or no row is touched, and each counts in training as its class is rare
 * (`classWeights`).
 */
export async function balance(work: Work, { method }: StepOptions['balance']): Promise<void> {
  const { target, task, kind } = work.roles;
  if (target === undefined || task !== 'classification' || kind === 'sequence')
    throw new DataError('recipe', 'balance needs a class to predict, in rows that are no series');
  if (method === 'weights') return;
  const y = identifier(target.name);
  const seed = work.random.fork('balance').integer(2 ** 31);
  const ranked = `SELECT ${own.row} AS "row", count(*) OVER (PARTITION BY ${y}) AS n,
    row_number() OVER (PARTITION BY ${y} ORDER BY hash(${own.row}, ${seed}), ${own.row}) AS rank FROM data WHERE ${inTraining}`;
  const [least, most, classes, rows] = await work.tables.row<[number, number, number, number]>(
    `SELECT min(n), max(n), count(*), sum(n)::BIGINT FROM (SELECT count(*) AS n FROM data WHERE ${inTraining} GROUP BY ${y})`,
  );
  if (method === 'undersample') {
    const surplus = `SELECT "row" FROM (${ranked}) WHERE rank > ${least}`;
    return dropRows(work, `${own.row} IN (${surplus})`, `each class has ${least} training rows`);
  }
  const isCrossFitted = work.recipe.steps.some((step) => 'encode' in step && step.encode.method === 'target');
  if (isCrossFitted)
    throw new DataError(
      'recipe',
      'balance: oversample repeats rows, and a copy would tell encode: { method: target } the target of its own; take undersample',
    );
  const after = most * classes;
  if (after > mostGrowth * rows)
    throw new DataError(
      'too-large',
      `balance: ${rows} training rows would become ${after}, more than ${mostGrowth} times as many; take undersample`,
      { rows, after },
    );
  const [last] = await work.tables.row<[number]>(`SELECT max(${own.row}) FROM data`);
  // Each row is repeated as often as its class takes, the first ones once more.
  const times = `(${most} - n) // n + CASE WHEN rank <= (${most} - n) % n THEN 1 ELSE 0 END`;
  await work.tables.run(
    `CREATE TABLE repeats AS SELECT "row", ${last} + row_number() OVER (ORDER BY copy, "row") AS place
     FROM (SELECT "row", unnest(range(${times})) AS copy FROM (${ranked}))`,
  );
  await work.tables.run(
    `INSERT INTO data SELECT data.* REPLACE (repeats.place AS ${own.row}) FROM data JOIN repeats ON ${own.row} = repeats."row" ORDER BY repeats.place`,
  );
  await work.tables.run('DROP TABLE repeats');
  work.notes.push(
    `${after - rows} training rows are repeated, so that each of ${classes} classes has ${most}`,
  );
}
