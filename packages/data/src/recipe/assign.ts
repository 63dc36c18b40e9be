import { DataError, unknownColumn } from '../error.ts';
import { type Part, partsOf, splitNames } from '../split.ts';
import { identifier } from '../sql.ts';
import { partByGroup, partByStratum, partByTime, wholeTable, withLets } from './parts.ts';
import { findStep } from './schema.ts';
import { dropRows, own, remake, type Work } from './work.ts';

/**
 * Gives every row its split, once: the row's place in the files and the seed decide, nothing else. Nothing is kept in
 * memory for a row: what decides is an expression over its place, its group or its time.
 */
export async function assignSplits(work: Work): Promise<void> {
  if (work.isSplit) return;
  work.isSplit = true;
  const { tables, recipe } = work;
  const { method, folds } = recipe.split;
  const by = splitColumn(work);
  const parts = partsOf(recipe.split);
  if (method === 'time' && by !== undefined) await requireTimes(work, by);
  const random = work.random.fork('split');
  const task = { tables, parts, random, seed: random.fork('rows').integer(2 ** 32) };
  const {
    part,
    lets = {},
    drop,
  } = await {
    random: () => partByStratum(task, wholeTable),
    stratified: () => partByStratum(task, by!),
    group: () => partByGroup(task, by!),
    time: () => partByTime(task, by),
  }[method]();
  const others = [own.split, ...Object.keys(lets)].join(', ');
  await remake(
    work,
    `SELECT * EXCLUDE (${others}), CAST(${part} AS UTINYINT) AS ${own.split} FROM ${withLets(lets)}`,
  );
  await drop();
  await requireAllParts(work, parts);
  if (folds === undefined) return;
  await tables.run(`ALTER TABLE data ADD COLUMN ${own.fold} UTINYINT`);
  await tables.run(
    `ALTER TABLE data ALTER COLUMN ${own.fold} TYPE UTINYINT USING ${choose(parts.map((one) => one.fold))}`,
  );
  await tables.run(
    `ALTER TABLE data ALTER COLUMN ${own.split} TYPE UTINYINT USING ${choose(parts.map((one) => one.split ?? leftOut))}`,
  );
  if (parts.some((one) => one.split === undefined))
    await dropRows(work, `${own.split} = ${leftOut}`, 'they come after the fold that validates');
}

const leftOut = splitNames.length;

/** From a row's part to a number of it. */
const choose = (values: readonly (number | undefined)[]): string =>
  `CAST(CASE ${own.split} ${values.map((value, part) => `WHEN ${part} THEN ${value ?? 'NULL'}`).join(' ')} END AS UTINYINT)`;

async function requireAllParts(work: Work, parts: readonly Part[]): Promise<void> {
  const counted = await work.tables.rows<[number, number]>(
    `SELECT ${own.split}, count(*) FROM data GROUP BY 1`,
  );
  const rows = counted.reduce((sum, [, count]) => sum + count, 0);
  const found = new Set(counted.map(([part]) => part));
  for (const [i, { fraction, split, fold }] of parts.entries()) {
    if (fraction === 0 || found.has(i)) continue;
    const { method } = work.recipe.split;
    const unit = method === 'group' ? 'groups' : method === 'time' ? 'different times' : 'rows';
    const name = splitNames[split ?? 0]!;
    throw new DataError(
      'empty',
      `${fold === undefined ? `the ${name} split` : `fold ${fold}`} gets no rows: ${rows} rows are left, with too few ${unit} for this split; bring more data or ${fold === undefined ? `set ${name}: 0` : 'ask for fewer folds'}`,
      { split: name },
    );
  }
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
