import {
  type Comparison,
  type Expression,
  type NumberFunction,
  type NumberOperator,
  typeOf,
} from './expression.ts';

/** Expressions in fewer letters, for those who write them by hand. A plain number or text stands for itself. */
export type Operand = Expression | number | string;

export const of = (operand: Operand): Expression =>
  typeof operand === 'number'
    ? { op: 'number', value: operand }
    : typeof operand === 'string'
      ? { op: 'text', value: operand }
      : operand;

export const nothing: Expression = { op: 'nothing' };

export const calculate = (left: Operand, op: NumberOperator | Comparison, right: Operand): Expression => ({
  op,
  left: of(left),
  right: of(right),
});

export const call = (op: NumberFunction, x: Operand): Expression => ({ op, of: of(x) });

export const when = (condition: Expression, yes: Operand, no: Operand): Expression => ({
  op: 'if',
  condition,
  yes: of(yes),
  no: of(no),
});

export const both = (left: Expression, right: Expression): Expression => ({ op: 'and', left, right });
export const either = (left: Expression, right: Expression): Expression => ({ op: 'or', left, right });
export const sameText = (left: Operand, right: Operand): Expression => ({
  op: 'same-text',
  left: of(left),
  right: of(right),
});
export const isMissing = (x: Expression): Expression => ({ op: 'is-missing', of: x });
export const filled = (left: Expression, right: Operand): Expression => ({
  op: 'filled',
  left,
  right: of(right),
});
export const matchesPattern = (x: Expression, pattern: string): Expression => ({
  op: 'matches',
  of: x,
  pattern,
});

/** Names a value that is used more than once, unless it is as short as its name. */
export function naming(name: string, value: Expression, body: (named: Expression) => Expression): Expression {
  if (['column', 'variable', 'number', 'text'].includes(value.op)) return body(value);
  return { op: 'let', name, value, in: body({ op: 'variable', name, type: typeOf(value) }) };
}

/** A number limited to [low, high]; missing stays missing. */
export const limited = (x: Expression, low: number, high: number): Expression =>
  calculate(calculate(x, 'greatest', low), 'least', high);

/** x by straight lines between the points (xs[i], ys[i]), xs ascending; beyond the ends their ys. */
export function interpolated(x: Expression, xs: readonly number[], ys: readonly number[]): Expression {
  const last = xs.length - 1;
  if (last === 0) return calculate(calculate(x, '*', 0), '+', ys[0] ?? 0);
  const slopes = xs
    .slice(0, -1)
    .map((from, i) => ((ys[i + 1] ?? 0) - (ys[i] ?? 0)) / ((xs[i + 1] ?? 0) - from));
  return naming('bounded', limited(x, xs[0] ?? 0, xs[last] ?? 0), (bounded) =>
    naming('segment', { op: 'reached', of: bounded, edges: xs.slice(1, -1) }, (segment) => {
      const pick = (values: readonly number[]): Expression => ({ op: 'pick', of: segment, values });
      const beyond = calculate(bounded, '-', pick(xs.slice(0, -1)));
      return calculate(pick(ys.slice(0, -1)), '+', calculate(beyond, '*', pick(slopes)));
    }),
  );
}
