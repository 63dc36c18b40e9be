import { DataError } from '../../error.ts';
import type { StepOptions } from '../schema.ts';
import { dropRows, own, selectValues, type Work } from '../work.ts';

/** Drops the rows in which any of the columns is missing, in every split. */
export async function dropMissing(work: Work, { columns }: StepOptions['drop-missing']): Promise<void> {
  const values = selectValues(work, columns);
  const names = values.map(({ name }) => name).join(', ');
  if (values.length > 0)
    await dropRows(
      work,
      values.map(({ sql }) => `${sql} IS NULL`).join(' OR '),
      `a value is missing in ${names}`,
    );
}

/** Drops rows that repeat an earlier one in all of the columns, in every split. */
export async function dropDuplicates(work: Work, { columns }: StepOptions['drop-duplicates']): Promise<void> {
  const keys = selectValues(work, columns).map(({ sql }) => sql);
  if (keys.length === 0) return;
  const firsts = `SELECT min(${own.row}) FROM data GROUP BY ${keys.join(', ')}`;
  await dropRows(
    work,
    `${own.row} NOT IN (${firsts})`,
    columns === '*' ? 'they repeat another row' : `they repeat ${[columns].flat().join(', ')}`,
  );
}

/** Keeps a random choice of rows, in their order. */
export async function sample(work: Work, { rows }: StepOptions['sample']): Promise<void> {
  if (work.roles.kind === 'sequence') {
    throw new DataError(
      'recipe',
      'sample would tear holes into a series; take it out, or choose a longer window step',
    );
  }
  const seed = work.random.fork('sample').integer(2 ** 31);
  const chosen = `SELECT ${own.row} FROM data ORDER BY hash(${own.row}, ${seed}), ${own.row} LIMIT ${rows}`;
  await dropRows(work, `${own.row} NOT IN (${chosen})`, `a sample of ${rows} was asked for`);
}
