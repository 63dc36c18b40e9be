import {
  abs,
  add,
  and,
  cast,
  ceil,
  concatText,
  cos,
  div,
  equal,
  exp,
  floor,
  gather,
  greater,
  greaterOrEqual,
  inCase,
  isInf,
  isNaN as isNaNTensor,
  less,
  lessOrEqual,
  log,
  matches,
  mod,
  mul,
  neg,
  not,
  or,
  placeOf,
  pow,
  reduceSum,
  round,
  sin,
  splitOnce,
  sqrt,
  sub,
  where,
} from '../operators.ts';
import type { Graph, Tensor } from '../tensor.ts';
import { daysOfCivil, partOfDate } from './dates.ts';
import type { Comparison, Expression, NumberFunction, NumberOperator } from './expression.ts';
import { naming } from './words.ts';

/** What the names within an expression stand for, numbers as float64, truths as bool. */
export interface Surroundings {
  graph: Graph;
  /** Raw columns by name: float64 or string, [..., 1]. */
  columns: ReadonlyMap<string, Tensor>;
  variables?: ReadonlyMap<string, Tensor>;
}

/** An expression as operators: [..., 1], float64 with NaN for missing, string with '' for missing, or bool. */
export function emitExpression(expression: Expression, around: Surroundings): Tensor {
  const emit = (one: Expression): Tensor => emitExpression(one, around);
  const { graph } = around;
  const e = expression;
  switch (e.op) {
    case 'column':
      return named(around.columns, e.name);
    case 'variable':
      return named(around.variables ?? new Map(), e.name);
    case 'let': {
      const variables = new Map([...(around.variables ?? []), [e.name, emit(e.value)] as const]);
      return emitExpression(e.in, { ...around, variables });
    }
    case 'number':
      return number(graph, e.value);
    case 'text':
      return graph.constant(e.value);
    case 'nothing':
      return number(graph, Number.NaN);
    case 'same-text': {
      const left = emit(e.left);
      return and(equal(left, emit(e.right)), isThere(left));
    }
    case 'and':
      return and(emit(e.left), emit(e.right));
    case 'or':
      return or(emit(e.left), emit(e.right));
    case 'not':
      return not(emit(e.of));
    case 'is-missing':
      return not(isThere(emit(e.of)));
    case 'filled': {
      const left = emit(e.left);
      return where(isThere(left), left, emit(e.right));
    }
    case 'if': {
      const [yes, no] = [e.yes, e.no].map((branch) => (branch.op === 'nothing' ? undefined : emit(branch)));
      const like = yes ?? no;
      const none = like?.dtype === 'string' ? graph.constant('') : number(graph, Number.NaN);
      return where(emit(e.condition), yes ?? none, no ?? none);
    }
    case 'matches': {
      const x = emit(e.of);
      return and(matches(x, e.pattern), isThere(x));
    }
    case 'join-texts':
      return concatText(emit(e.left), emit(e.right));
    case 'lower':
      return inCase(emit(e.of), 'LOWER');
    case 'upper':
      return inCase(emit(e.of), 'UPPER');
    case 'before':
      return splitOnce(emit(e.of), e.separator).before;
    case 'after':
      return splitOnce(emit(e.of), e.separator).after;
    case 'read-number':
      return cast(emit(e.of), 'float64');
    case 'place': {
      const place = placeOf(emit(e.of), e.keys);
      return where(less(place, 0), number(graph, Number.NaN), cast(place, 'float64'));
    }
    case 'pick': {
      const values = graph.constant(Float64Array.of(...e.values, Number.NaN), [e.values.length + 1]);
      return gather(values, placeAmong(emit(e.of), e.values.length));
    }
    case 'pick-text': {
      const values = graph.constant([...e.values, ''], [e.values.length + 1], 'string');
      return gather(values, placeAmong(emit(e.of), e.values.length));
    }
    case 'reached': {
      const x = emit(e.of);
      if (e.edges.length === 0) return mul(x, 0);
      const edges = graph.constant(Float64Array.from(e.edges), [e.edges.length]);
      const count = reduceSum(cast(greaterOrEqual(x, edges), 'float64'), -1, { keepDims: true });
      return where(isNaNTensor(x), x, count);
    }
    case 'day-number':
      return emitExpression(
        naming('year', e.year, (year) =>
          naming('month', e.month, (month) => naming('day', e.day, (day) => daysOfCivil(year, month, day))),
        ),
        around,
      );
    case 'date-part':
      return emitExpression(
        naming('days', e.of, (days) => partOfDate(days, e.part)),
        around,
      );
    case 'settled':
      return settled(emit(e.of));
    default:
      return 'of' in e ? emitFunction(e.op, emit(e.of)) : emitOperator(e.op, emit(e.left), emit(e.right));
  }
}

function named(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new TypeError(`an expression reads ${name}, which is not there`);
  return tensor;
}

const number = (graph: Graph, value: number): Tensor => graph.constant(value, [], 'float64');

const isThere = (x: Tensor): Tensor =>
  not(x.dtype === 'string' ? equal(x, x.graph.constant('')) : isNaNTensor(x));

const settled = (x: Tensor): Tensor => where(isInf(x), number(x.graph, Number.NaN), x);

/** A float64 place as an index, with the last for what is missing. */
const placeAmong = (place: Tensor, last: number): Tensor =>
  cast(where(isNaNTensor(place), number(place.graph, last), place), 'int64');

function emitFunction(op: NumberFunction, x: Tensor): Tensor {
  switch (op) {
    case 'negative':
      return neg(x);
    case 'log':
      return where(greater(x, 0), log(x), number(x.graph, Number.NaN));
    case 'exp':
      return settled(exp(x));
    default:
      return { abs, sqrt, floor, ceil, round, sin, cos }[op](x);
  }
}

function emitOperator(op: NumberOperator | Comparison, left: Tensor, right: Tensor): Tensor {
  const { graph } = left;
  switch (op) {
    case '+':
      return add(left, right);
    case '-':
      return sub(left, right);
    case '*':
      return mul(left, right);
    case '/':
    case '%': {
      const divided = (op === '/' ? div : mod)(left, right);
      return where(equal(right, 0), number(graph, Number.NaN), divided);
    }
    case '^':
      return settled(pow(left, right));
    case 'least':
      return chosen(left, right, lessOrEqual);
    case 'greatest':
      return chosen(left, right, greaterOrEqual);
    case '<>':
      return and(not(equal(left, right)), and(isThere(left), isThere(right)));
    default:
      return { '<': less, '<=': lessOrEqual, '>': greater, '>=': greaterOrEqual, '=': equal }[op](
        left,
        right,
      );
  }
}

/** One of two numbers; missing if either is: NaN is on no side of anything. */
const chosen = (left: Tensor, right: Tensor, isBetter: (a: Tensor, b: Tensor) => Tensor): Tensor =>
  where(isBetter(left, right), left, where(isBetter(right, left), right, number(left.graph, Number.NaN)));
