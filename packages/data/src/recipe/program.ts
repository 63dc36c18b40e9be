import type { ColumnProgram } from '@banyan/engine';
import { identifier, literal, literals } from '../sql.ts';

type ColumnStep = ColumnProgram['steps'][number];

/** What is measured is measured in double precision; features are what a served model computes, in single. */
type Precision = 'DOUBLE' | 'FLOAT';

/**
 * A column's program as SQL: the same steps that the engine emits into a model's graph, so that what a model learns
 * from and what it is served are one computation with two compilers. Missing is NULL here, NaN or '' there.
 */
export function valueSql(column: ColumnProgram, precision: Precision = 'DOUBLE'): string {
  const name = identifier(column.name);
  const raw = column.input === 'number' ? `CAST(${name} AS ${precision})` : name;
  return column.steps.reduce((x, step) => stepSql(step, x, precision), raw);
}

/** One SQL expression for each feature of the column; every program but a one-hot has a single one. */
export function featuresSql(column: ColumnProgram): string[] {
  const last = column.steps.at(-1);
  if (last?.op !== 'one-hot') return [valueSql(column, 'FLOAT')];
  const x = valueSql({ ...column, steps: column.steps.slice(0, -1) });
  return last.categories.map((category) => `CAST(coalesce(${x}, '') = ${literal(category)} AS FLOAT)`);
}

/** A name for each feature: the column's, or column=category. */
export function featureNames(column: ColumnProgram): string[] {
  const last = column.steps.at(-1);
  return last?.op === 'one-hot'
    ? last.categories.map((category) => `${column.name}=${category}`)
    : [column.name];
}

function stepSql(step: ColumnStep, x: string, precision: Precision): string {
  const number = (value: number) => `CAST(${value} AS ${precision})`;
  switch (step.op) {
    case 'impute':
      return `coalesce(${x}, ${typeof step.value === 'number' ? number(step.value) : literal(step.value)})`;
    case 'clip':
      return `CASE WHEN ${x} < ${number(step.low)} THEN ${number(step.low)} WHEN ${x} > ${number(step.high)} THEN ${number(step.high)} ELSE ${x} END`;
    case 'affine':
      return `(${x} * ${number(step.scale)} + ${number(step.shift)})`;
    case 'log1p':
      return `CAST(ln(1 + ${x}) AS ${precision})`;
    case 'ordinal':
      return `CAST(coalesce(list_position(${literals(step.categories)}, ${x}), 0) - 1 AS ${precision})`;
    default:
      return x;
  }
}

/** Whether the column's value is a number after its steps so far. */
export function isNumeric(column: ColumnProgram): boolean {
  return column.input === 'number' || column.steps.some((step) => step.op === 'ordinal');
}

/** Whether the column has become several features, which no further step applies to. */
export function isOneHot(column: ColumnProgram): boolean {
  return column.steps.at(-1)?.op === 'one-hot';
}
