import { BIGINT, DuckDBDataChunk } from '@duckdb/node-api';
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
  const all = (await work.tables.rows<[number]>(`SELECT ${own.row} FROM data ORDER BY ${own.row}`)).map(
    ([row]) => row,
  );
  if (all.length <= rows) return;
  const chosen = Array.from(work.random.fork('sample').permutation(all.length).subarray(0, rows), (i) =>
    BigInt(all[i]!),
  );
  await work.tables.run('CREATE OR REPLACE TABLE chosen ("row" BIGINT)');
  await work.tables.append('chosen', chunksOf(chosen));
  await dropRows(work, `${own.row} NOT IN (SELECT "row" FROM chosen)`, `a sample of ${rows} was asked for`);
}

function* chunksOf(rows: readonly bigint[]): Generator<DuckDBDataChunk> {
  for (let i = 0; i < rows.length; i += 2048) {
    const part = rows.slice(i, i + 2048);
    const chunk = DuckDBDataChunk.create([BIGINT], part.length);
    chunk.setColumnValues(0, part);
    yield chunk;
  }
}
