import {
  type ColumnProgram,
  type ColumnStep,
  cycleOf,
  GREATEST_FEATURE,
  isNumber,
  manyFeatured,
  valueOf,
} from '@banyan/engine';
import { identifier, literal } from '../sql.ts';
import { bound, expressionSql, numberSql, type Precision } from './expression/expression-sql.ts';
import { own } from './own-columns.ts';

/**
 * A column's program as SQL: the same expression that the engine emits into a model's graph, so that what a model learns
 * from and what it is served are one computation with two compilers. Missing is NULL here, NaN or '' there.
 */
export function valueSql(column: ColumnProgram, precision: Precision = 'measured'): string {
  const last = column.steps.at(-1);
  // What training rows get for a category was learned without them.
  if (last?.op === 'score' && last.folds !== undefined) {
    const before = valueSql({ ...column, steps: column.steps.slice(0, -1) }, precision);
    const whole = expressionSql(valueOf(column), precision);
    return `CASE WHEN ${own.split} = 0 THEN ${outOfFoldSql(before, last)} ELSE ${whole} END`;
  }
  const scored = column.steps.findLastIndex((step) => step.op === 'score' && step.folds !== undefined);
  if (scored < 0) return expressionSql(valueOf(column), precision);
  const until = valueSql({ ...column, steps: column.steps.slice(0, scored + 1) }, precision);
  const after = valueOf({
    name: column.name,
    input: 'number',
    from: { op: 'variable', name: 'scored', type: 'number' },
    steps: column.steps.slice(scored + 1),
  });
  return `list_transform([${until}], lambda ${identifier('banyan.scored')}: ${expressionSql(after, precision)})[1]`;
}

type Score = Extract<ColumnStep, { op: 'score' }>;

/** A training row's fold, from its place in the files and the seed. */
export const foldSql = (folds: number, seed: number): string =>
  `CAST(hash(${own.row}, ${seed}) % ${folds} AS INTEGER)`;

function outOfFoldSql(before: string, { categories, folds = [], seed = 0 }: Score): string {
  const values = folds.map((fold) => `[${fold.map(numberSql).join(', ')}]`).join(', ');
  const keys = `[${categories.map(literal).join(', ')}]::VARCHAR[]`;
  const place = `nullif(list_position(${keys}, ${before}), 0)`;
  return `list_extract(list_extract([${values}]::DOUBLE[][], ${foldSql(folds.length, seed)} + 1), coalesce(${place}, ${categories.length + 1}))`;
}

/**
 * The features of all columns, as FLOAT or, of one-hot, BOOLEAN (a bit in a file, not a number), and the query to read them from: what several features of a column are made of
 * is computed there once.
 */
export function featuresSql(
  columns: readonly ColumnProgram[],
  table: string,
): { sql: string[]; from: string } {
  const shared: string[] = [];
  const sql = columns.flatMap((column, i) => {
    const value = valueSql(column, 'served');
    const x = isCategorical(column) ? `coalesce(${value}, '')` : value;
    if (isShort(x) && column.width === 1) return columnFeatures(column, x);
    const name = identifier(`banyan.value ${i}`);
    shared.push(`${x} AS ${name}`);
    return columnFeatures(column, name);
  });
  return { sql, from: shared.length === 0 ? table : `(SELECT *, ${shared.join(', ')} FROM ${table})` };
}

const isCategorical = (column: ColumnProgram): boolean => column.steps.at(-1)?.op === 'one-hot';

/** @param x the column's value; of categories '' for a missing one */
function columnFeatures(column: ColumnProgram, x: string): string[] {
  const last = column.steps.at(-1);
  if (last?.op === 'one-hot') {
    const { categories, rest } = last;
    const known = categories.filter((category) => category !== rest).map(literal);
    return categories.map((category) =>
      category === rest ? `${x} NOT IN (${["''", ...known].join(', ')})` : `${x} = ${literal(category)}`,
    );
  }
  if (last?.op === 'cycle') {
    const days = { op: 'variable', name: 'days', type: 'number' } as const;
    return cycleOf(days, last).map(
      (part) => `CAST(${bound('days', x, () => expressionSql(part, 'served'), true)} AS FLOAT)`,
    );
  }
  const [least, most] = [numberSql(-GREATEST_FEATURE), numberSql(GREATEST_FEATURE)];
  const bounded = `CASE WHEN ${x} < 0 THEN ${least} ELSE ${most} END`;
  return [`CAST(CASE WHEN abs(${x}) > ${most} THEN ${bounded} ELSE ${x} END AS FLOAT)`];
}

const isShort = (sql: string): boolean => sql.length <= 60;

/** A name for each feature: the column's, or column=category, or column of a part of a date. */
export function featureNames(column: ColumnProgram): string[] {
  const last = column.steps.at(-1);
  if (last?.op === 'one-hot') return last.categories.map((category) => `${column.name}=${category}`);
  if (last?.op === 'cycle')
    return last.parts.flatMap((part) => ['sin', 'cos'].map((wave) => `${column.name} ${wave} ${part}`));
  return [column.name];
}

/** Whether the column's value is a number after its steps so far. */
export const isNumeric = (column: ColumnProgram): boolean => isNumber(column);

/** Whether the column has become several features, which no further step applies to. */
export const isMany = (column: ColumnProgram): boolean => manyFeatured(column.steps.at(-1));
