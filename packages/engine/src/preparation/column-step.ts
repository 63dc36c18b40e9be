import { daysOfText } from './dates.ts';
import { type DatePart, type Expression, numberPattern, typeOf } from './expression.ts';
import {
  calculate,
  call,
  filled,
  interpolated,
  isMissing,
  limited,
  matchesPattern,
  naming,
  nothing,
  when,
} from './words.ts';

/**
 * One step of a column's fitted preparation. A missing number is NaN, a missing text is ''.
 *
 * - `impute` puts a value where one is missing; `impute-by` the one that belongs to another value of the row;
 * - `clip` limits to [low, high]; `affine` is x * scale + shift; `log1p` is log(1 + x), `log` is log(x);
 * - `power` is Yeo and Johnson's; `interpolate` goes by straight lines between points, and stays level beyond them;
 * - `bin` counts how many of ascending edges a number has reached, and `names` calls the count something; `is-missing` is 1 where nothing is, else 0;
 * - `one-hot` gives a 1 under the category, zeros for one unseen, or a 1 under the last of them if it stands for the rest;
 * - `ordinal` gives the category's index, -1 for one unseen; `score` a number for each category and one for the rest,
 *   `folds` being what training rows of each fold get instead, learned without them;
 * - `rename-values` puts other texts for those it knows; `letters` changes those of ASCII;
 * - `number`, `truth` (1 or 0), `date` (days since 1970-01-01) and `quantity` (units by their factors) read a text,
 *   whatever does not read is missing;
 * - `cycle` gives sine and cosine of parts of a date.
 */
export type ColumnStep =
  | { op: 'impute'; value: number | string }
  | { op: 'impute-by'; by: Expression; keys: string[]; values: number[]; otherwise: number }
  | { op: 'clip'; low: number; high: number }
  | { op: 'affine'; scale: number; shift: number }
  | { op: 'log1p' }
  | { op: 'log' }
  | { op: 'power'; lambda: number }
  | { op: 'interpolate'; xs: number[]; ys: number[] }
  | { op: 'bin'; edges: number[] }
  | { op: 'names'; names: string[] }
  | { op: 'is-missing' }
  | { op: 'one-hot'; categories: string[]; rest?: string }
  | { op: 'ordinal'; categories: string[] }
  | {
      op: 'score';
      categories: string[];
      values: number[];
      otherwise: number;
      folds?: number[][];
      seed?: number;
    }
  | { op: 'rename-values'; from: string[]; to: string[] }
  | { op: 'letters'; letters: 'lower' | 'upper' }
  | { op: 'number' }
  | { op: 'truth'; yes: string[]; no: string[] }
  | { op: 'date'; formats: string[] }
  | { op: 'quantity'; units: string[]; factors: number[] }
  | { op: 'cycle'; parts: DatePart[] };

const known: Record<ColumnStep['op'], true> = {
  impute: true,
  'impute-by': true,
  clip: true,
  affine: true,
  log1p: true,
  log: true,
  power: true,
  interpolate: true,
  bin: true,
  names: true,
  'is-missing': true,
  'one-hot': true,
  ordinal: true,
  score: true,
  'rename-values': true,
  letters: true,
  number: true,
  truth: true,
  date: true,
  quantity: true,
  cycle: true,
};

/** Whether this version has such a step; a file of a newer one may hold others. */
export const isColumnStep = (op: string): op is ColumnStep['op'] => Object.hasOwn(known, op);

/** Steps that make several features of a value: none can follow. */
export const manyFeatured = (step: ColumnStep | undefined): boolean =>
  step?.op === 'one-hot' || step?.op === 'cycle';

/** How a raw column, or what is computed `from` raw columns, becomes `width` features. */
export interface ColumnProgram {
  name: string;
  /** The type of the value that the steps begin with. */
  input: 'number' | 'string';
  /** What they begin with, where it is not the raw column of this name. */
  from?: Expression;
  steps: ColumnStep[];
  width: number;
}

/** Which type of value a step takes; undefined: either. */
export function takes(step: ColumnStep): 'number' | 'text' | undefined {
  switch (step.op) {
    case 'impute':
      return typeof step.value === 'number' ? 'number' : 'text';
    case 'is-missing':
      return undefined;
    case 'one-hot':
    case 'ordinal':
    case 'score':
    case 'rename-values':
    case 'letters':
    case 'number':
    case 'truth':
    case 'date':
    case 'quantity':
      return 'text';
    default:
      return 'number';
  }
}

/** The value that a column's steps begin with. */
export const sourceOf = ({ name, input, from }: Pick<ColumnProgram, 'name' | 'input' | 'from'>): Expression =>
  from ?? { op: 'column', name, input };

/** A column's value after its steps, but for a last one that makes several features of it. */
export const valueOf = (column: Pick<ColumnProgram, 'name' | 'input' | 'from' | 'steps'>): Expression =>
  column.steps
    .filter((step) => !manyFeatured(step))
    .reduce((x, step) => afterStep(x, step), sourceOf(column));

/** Whether a column's value is a number after its steps so far. */
export const isNumber = (column: Pick<ColumnProgram, 'name' | 'input' | 'from' | 'steps'>): boolean =>
  typeOf(valueOf(column)) === 'number';

function afterStep(x: Expression, step: ColumnStep): Expression {
  switch (step.op) {
    case 'impute':
      return filled(x, step.value);
    case 'impute-by':
      return filled(x, scored(step.by, step.keys, step.values, step.otherwise));
    case 'clip':
      return limited(x, step.low, step.high);
    case 'affine':
      return calculate(calculate(x, '*', step.scale), '+', step.shift);
    case 'log1p':
      return call('log', calculate(x, '+', 1));
    case 'log':
      return call('log', x);
    case 'power':
      return naming('value', x, (value) => yeoJohnson(value, step.lambda));
    case 'interpolate':
      return interpolated(x, step.xs, step.ys);
    case 'bin':
      return { op: 'reached', of: x, edges: step.edges };
    case 'names':
      return { op: 'pick-text', of: x, values: step.names };
    case 'is-missing':
      return when(isMissing(x), 1, 0);
    case 'ordinal':
      return filled({ op: 'place', of: x, keys: step.categories }, -1);
    case 'score':
      return scored(x, step.categories, step.values, step.otherwise);
    case 'rename-values':
      return naming('value', x, (value) =>
        filled({ op: 'pick-text', of: { op: 'place', of: value, keys: step.from }, values: step.to }, value),
      );
    case 'letters':
      return { op: step.letters, of: x };
    case 'number':
      return readNumber(x);
    case 'truth':
      return {
        op: 'pick',
        of: { op: 'place', of: x, keys: [...step.no, ...step.yes] },
        values: [...step.no.map(() => 0), ...step.yes.map(() => 1)],
      };
    case 'date':
      return daysOfText(x, step.formats);
    case 'quantity':
      return readQuantity(x, step.units, step.factors);
    default:
      return x;
  }
}

function scored(
  x: Expression,
  keys: readonly string[],
  values: readonly number[],
  otherwise: number,
): Expression {
  return filled({ op: 'pick', of: { op: 'place', of: x, keys }, values }, otherwise);
}

const readNumber = (x: Expression): Expression =>
  naming('written', x, (written) => {
    const fits = matchesPattern(written, numberPattern);
    return when(fits, { op: 'read-number', of: when(fits, written, '0') }, nothing);
  });

/** A number, blanks, a unit: "3.2 km". A number alone is in the unit named ''. */
function readQuantity(x: Expression, units: readonly string[], factors: readonly number[]): Expression {
  return naming('written', x, (written) =>
    units.reduceRight<Expression>((otherwise, unit, i) => {
      const escaped = unit.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      const fits = matchesPattern(written, `${numberPattern} ?${escaped}`);
      const text = when(fits, written, `0${unit}`);
      const digits: Expression = unit === '' ? text : { op: 'before', of: text, separator: unit };
      const number = calculate({ op: 'read-number', of: digits }, '*', factors[i] ?? 1);
      return when(fits, number, otherwise);
    }, nothing),
  );
}

/** Yeo and Johnson, "A new family of power transformations", Biometrika 87, 2000. */
function yeoJohnson(x: Expression, lambda: number): Expression {
  const above = boxCox(calculate(calculate(x, 'greatest', 0), '+', 1), lambda);
  const below = boxCox(calculate(1, '-', calculate(x, 'least', 0)), 2 - lambda);
  return when(calculate(x, '>=', 0), above, call('negative', below));
}

const boxCox = (x: Expression, exponent: number): Expression =>
  Math.abs(exponent) < 1e-9
    ? call('log', x)
    : calculate(calculate(calculate(x, '^', exponent), '-', 1), '/', exponent);
