/**
 * What a row's value is computed from: one tree with two compilers, SQL for the table that a model learns from
 * (`@banyan/data`) and ONNX operators for the graph that serves it.
 *
 * Numbers are double precision, texts are text, truths are true or false. What is undefined (1 / 0, log(-1)) is missing,
 * and so is an empty text. A comparison with what is missing is false.
 * Numbers below 2.3e-308 (subnormal ones) may be taken for 0.
 */
export type Expression =
  | { op: 'column'; name: string; input: 'number' | 'string' }
  | { op: 'number'; value: number }
  | { op: 'text'; value: string }
  | { op: 'nothing' }
  /** A value used more than once: `variable` stands for it inside `in`. */
  | { op: 'let'; name: string; value: Expression; in: Expression }
  | { op: 'variable'; name: string; type: ValueType }
  | { op: NumberFunction; of: Expression }
  | { op: NumberOperator; left: Expression; right: Expression }
  | { op: Comparison; left: Expression; right: Expression }
  | { op: 'same-text'; left: Expression; right: Expression }
  | { op: 'and' | 'or'; left: Expression; right: Expression }
  | { op: 'not'; of: Expression }
  | { op: 'is-missing'; of: Expression }
  /** The first, or the second where the first is missing. */
  | { op: 'filled'; left: Expression; right: Expression }
  /** A number that arithmetic may have carried beyond all bounds: then it is missing. */
  | { op: 'settled'; of: Expression }
  | { op: 'if'; condition: Expression; yes: Expression; no: Expression }
  /** Whether a pattern of RE2 matches a text that is not missing from end to end. */
  | { op: 'matches'; of: Expression; pattern: string }
  | { op: 'join-texts'; left: Expression; right: Expression }
  | { op: 'lower' | 'upper'; of: Expression }
  /** What stands before or after the first separator of a text that has one. */
  | { op: 'before' | 'after'; of: Expression; separator: string }
  /** A text that `numberPattern` matches, as the number it writes. */
  | { op: 'read-number'; of: Expression }
  /** The place of a text among keys, from 0; missing if it is none of them. */
  | { op: 'place'; of: Expression; keys: readonly string[] }
  /** The number, or text, at a place that may be missing. */
  | { op: 'pick'; of: Expression; values: readonly number[] }
  | { op: 'pick-text'; of: Expression; values: readonly string[] }
  /** Days since 1970-01-01 of a year, a month (1 to 12) and a day (1 to 31); missing where there is no such day. */
  | { op: 'day-number'; year: Expression; month: Expression; day: Expression }
  /** What of a date, in days since 1970-01-01, goes round, from 0. */
  | { op: 'date-part'; of: Expression; part: DatePart }
  /** How many of these ascending edges a number has reached. */
  | { op: 'reached'; of: Expression; edges: readonly number[] };

export type DatePart = 'month' | 'day' | 'day-of-year' | 'weekday' | 'hour';
export type ValueType = 'number' | 'text' | 'truth';
export type NumberFunction =
  | 'negative'
  | 'abs'
  | 'log'
  | 'exp'
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'sin'
  | 'cos';
export type NumberOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'least' | 'greatest';
export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '<>';

/** Numbers as text, so bounded that every reader agrees: 12, -0.5, .5, 3., 1e-6. Blanks around are none of it. */
export const numberPattern = '[+-]?([0-9]{1,100}(\\.[0-9]{0,100})?|\\.[0-9]{1,100})([eE][+-]?[0-9]{1,2})?';

export function typeOf(expression: Expression): ValueType {
  switch (expression.op) {
    case 'column':
      return expression.input === 'number' ? 'number' : 'text';
    case 'variable':
      return expression.type;
    case 'let':
      return typeOf(expression.in);
    case 'filled':
      return typeOf(expression.left);
    case 'if':
      return typeOf(expression.yes.op === 'nothing' ? expression.no : expression.yes);
    case 'text':
    case 'join-texts':
    case 'lower':
    case 'upper':
    case 'before':
    case 'after':
    case 'pick-text':
      return 'text';
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '=':
    case '<>':
    case 'same-text':
    case 'and':
    case 'or':
    case 'not':
    case 'is-missing':
    case 'matches':
      return 'truth';
    default:
      return 'number';
  }
}

/** The expressions directly within one. */
export function partsOf(expression: Expression): Expression[] {
  switch (expression.op) {
    case 'let':
      return [expression.value, expression.in];
    case 'day-number':
      return [expression.year, expression.month, expression.day];
    case 'if':
      return [expression.condition, expression.yes, expression.no];
    default:
      if ('left' in expression) return [expression.left, expression.right];
      return 'of' in expression ? [expression.of] : [];
  }
}

/** The raw columns that an expression reads, each once, in the order of their first use. */
export function columnsOf(expression: Expression): Extract<Expression, { op: 'column' }>[] {
  const found = new Map<string, Extract<Expression, { op: 'column' }>>();
  const visit = (one: Expression): void => {
    if (one.op === 'column') found.set(one.name, found.get(one.name) ?? one);
    for (const part of partsOf(one)) visit(part);
  };
  visit(expression);
  return [...found.values()];
}
