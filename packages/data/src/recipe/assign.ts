import { BIGINT, DuckDBDataChunk, UTINYINT } from '@duckdb/node-api';
import { DataError, unknownColumn } from '../error.ts';
import {
  type Fractions,
  splitGroups,
  splitNames,
  splitRandom,
  splitStratified,
  splitTime,
} from '../split.ts';
import { identifier } from '../sql.ts';
import { findStep } from './schema.ts';
import { own, type Work } from './work.ts';

/** Gives every row its split, once: the row's place in the files and the seed decide, nothing else. */
export async function assignSplits(work: Work): Promise<void> {
  if (work.isSplit) return;
  work.isSplit = true;
  const { method, train, valid, test } = work.recipe.split;
  const by = splitColumn(work);
  const key =
    by === undefined
      ? method === 'time'
        ? own.row
        : '1'
      : `dense_rank() OVER (ORDER BY ${identifier(by)} NULLS FIRST)`;
  const [rows, keys] = [[] as bigint[], [] as number[]];
  for (const [row, rank] of await work.tables.rows<[number, number]>(
    `SELECT ${own.row}, ${key} FROM data ORDER BY ${own.row}`,
  )) {
    rows.push(BigInt(row));
    keys.push(rank);
  }
  if (method === 'time' && by !== undefined) await requireTimes(work, by);
  const fractions: Fractions = [train, valid, test];
  const random = work.random.fork('split');
  const ranks = Int32Array.from(keys);
  const splits = {
    random: () => splitRandom(ranks.length, fractions, random),
    stratified: () => splitStratified(ranks, fractions, random),
    group: () => splitGroups(ranks, fractions, random),
    time: () => splitTime(ranks, fractions),
  }[method]();
  for (const [i, name] of splitNames.entries()) {
    if (fractions[i]! > 0 && !splits.includes(i)) {
      const unit = method === 'group' ? 'groups' : method === 'time' ? 'different times' : 'rows';
      throw new DataError(
        'empty',
        `the ${name} split gets no rows: ${rows.length} rows are left, with too few ${unit} for this split; bring more data or set ${name}: 0`,
        { split: name },
      );
    }
  }
  await work.tables.run('CREATE TABLE assignment ("row" BIGINT, split UTINYINT)');
  await work.tables.append('assignment', chunksOf(rows, splits));
  await work.tables.run(`UPDATE data SET ${own.split} = split FROM assignment WHERE ${own.row} = "row"`);
  await work.tables.run('DROP TABLE assignment');
}

function splitColumn(work: Work): string | undefined {
  const { method, by } = work.recipe.split;
  const window = findStep(work.recipe, 'window');
  if (window && method !== 'time' && !(method === 'group' && by === window.series)) {
    throw new DataError(
      'recipe',
      'windows of a series need split: { method: time }, or rows of the future would train the model',
    );
  }
  if (method === 'random') return undefined;
  const column = by ?? (method === 'stratified' ? work.recipe.target : window?.order);
  if (column === undefined) {
    // Without a column of times, the order of the rows is the order of time.
    if (method === 'time') return undefined;
    throw new DataError('recipe', `a ${method} split needs by: a column`);
  }
  if (!work.columns.some((one) => one.name === column))
    throw unknownColumn(
      column,
      work.columns.map((one) => one.name),
    );
  return column;
}

async function requireTimes(work: Work, by: string): Promise<void> {
  const [missing] = await work.tables.row<[number]>(
    `SELECT count(*) FILTER (${identifier(by)} IS NULL) FROM data`,
  );
  if (missing > 0) {
    throw new DataError(
      'column',
      `"${by}" orders the rows but is missing in ${missing} of them; begin with drop-missing: { columns: [${by}] }`,
      { column: by },
    );
  }
}

function* chunksOf(rows: readonly bigint[], splits: Uint8Array): Generator<DuckDBDataChunk> {
  for (let i = 0; i < rows.length; i += 2048) {
    const part = rows.slice(i, i + 2048);
    const chunk = DuckDBDataChunk.create([BIGINT, UTINYINT], part.length);
    chunk.setColumnValues(0, part);
    chunk.setColumnValues(1, Array.from(splits.subarray(i, i + part.length)));
    yield chunk;
  }
}
