import { tensorData } from '../../dtype.ts';
import {
  abs,
  acos,
  acosh,
  add,
  and,
  asin,
  asinh,
  atan,
  atanh,
  bitShift,
  cast,
  ceil,
  clip,
  cos,
  cosh,
  cumSum,
  div,
  equal,
  erf,
  exp,
  floor,
  greater,
  greaterOrEqual,
  identity,
  isInf,
  isNaN as isNotANumber,
  less,
  lessOrEqual,
  log,
  maximum,
  meanOf,
  minimum,
  mod,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  round,
  sign,
  sin,
  sinh,
  sqrt,
  sub,
  sumOf,
  tan,
  where,
  xor,
} from '../../operators.ts';
import type { Tensor, TensorData } from '../../tensor.ts';
import { asFloat, binary, bool, type Case, errorFunction, ids, sum, unary } from './case.ts';

/** Pairs that are less, equal and greater. */
const comparison = (
  build: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => boolean,
): Case[] => [
  {
    inputs: [tensorData('float32', [3], [1, 2, 3]), tensorData('float32', [3], [2, 2, 2])],
    build: (a, b) => cast(build(a, b), 'float32'),
    reference: (a, b) => (i) => bool(f(a(i), b(i))),
  },
];
const truth = (...values: number[]): TensorData => tensorData('bool', [values.length], values);
export const pointwise = {
  Add: binary(add, (a, b) => a + b),
  Sub: binary(sub, (a, b) => a - b),
  Mul: binary(mul, (a, b) => a * b),
  Div: binary(div, (a, b) => a / b, [0.5, 2]),
  Pow: [
    ...binary(pow, (a, b) => a ** b, [0.5, 2]),
    {
      inputs: [[3], ids([3], [2, 3, -1])],
      build: pow,
      reference: (a, b) => (i) => a(i) ** b(i),
      domain: [0.5, 2],
    },
  ],
  Max: binary(maximum, Math.max),
  Min: binary(minimum, Math.min),
  Neg: unary(neg, (x) => -x),
  Abs: unary(abs, Math.abs),
  Sign: unary(sign, Math.sign),
  Floor: unary(floor, Math.floor),
  Exp: unary(exp, Math.exp),
  Log: unary(log, Math.log, [0.5, 2]),
  Reciprocal: unary(reciprocal, (x) => 1 / x, [0.5, 2]),
  Sqrt: unary(sqrt, Math.sqrt, [0.5, 2]),
  Sin: unary(sin, Math.sin),
  Cos: unary(cos, Math.cos),
  Erf: unary(erf, errorFunction),
  Ceil: unary(ceil, Math.ceil),
  Round: [
    {
      inputs: [tensorData('float32', [5], [-1.5, -0.4, 0.5, 1.5, 2.6])],
      build: round,
      reference: () => (i) => [-2, 0, 0, 2, 3][i] ?? Number.NaN,
    },
  ],
  Tan: unary(tan, Math.tan, [-1, 1]),
  Asin: unary(asin, Math.asin, [-0.9, 0.9]),
  Acos: unary(acos, Math.acos, [-0.9, 0.9]),
  Atan: unary(atan, Math.atan),
  Sinh: unary(sinh, Math.sinh),
  Cosh: unary(cosh, Math.cosh),
  Asinh: unary(asinh, Math.asinh),
  Acosh: unary(acosh, Math.acosh, [1.2, 2]),
  Atanh: unary(atanh, Math.atanh, [-0.9, 0.9]),
  Mod: [
    ...binary(mod, (a, b) => a % b, [0.5, 2]),
    {
      inputs: [ids([3], [5, -5, -4]), ids([3], [3, 3, 2])],
      build: (a, b) => asFloat(mod(a, b)),
      reference: () => (i) => [2, 1, 0][i] ?? -1,
    },
  ],
  Sum: [
    {
      inputs: [[2, 3], [3], [2, 1]],
      build: (...all) => sumOf(all),
      reference: (a, b, c) => (i, j) => a(i, j) + b(j) + c(i, 0),
    },
  ],
  Mean: [
    {
      inputs: [[2, 3], [3], [2, 1]],
      build: (...all) => meanOf(all),
      reference: (a, b, c) => (i, j) => (a(i, j) + b(j) + c(i, 0)) / 3,
    },
  ],
  BitShift: [
    {
      inputs: [tensorData('uint8', [2], [3, 8])],
      build: (x) => {
        const by = x.graph.constant([2, 1], [2], 'uint8');
        return asFloat(add(bitShift(x, by, 'LEFT'), bitShift(x, by, 'RIGHT')));
      },
      reference: () => (i) => [12, 20][i] ?? -1,
    },
  ],
  CumSum: [
    {
      inputs: [[2, 3]],
      build: (x) => cumSum(x),
      reference: (x) => (i, j) => sum(j + 1, (k) => x(i, k)),
    },
    {
      inputs: [[3, 2]],
      build: (x) => cumSum(x, 0, { exclusive: true, reverse: true }),
      reference: (x) => (i, j) => sum(2 - i, (k) => x(i + 1 + k, j)),
    },
  ],
  Identity: unary(identity, (x) => x),
  Clip: [
    ...unary(
      (x) => clip(x, -0.7, 0.9),
      (x) => Math.min(0.9, Math.max(-0.7, x)),
    ),
    ...unary(
      (x) => clip(x, undefined, 0.1),
      (x) => Math.min(0.1, x),
    ),
  ],
  Cast: [{ inputs: [ids([3], [1, -2, 3], 'int32')], build: asFloat, reference: (x) => (i) => x(i) }],
  Where: [
    {
      inputs: [truth(1, 0, 1), [2, 3], [3]],
      build: where,
      reference: (c, a, b) => (i, j) => (c(j) === 1 ? a(i, j) : b(j)),
    },
  ],

  Equal: comparison(equal, (a, b) => a === b),
  Greater: comparison(greater, (a, b) => a > b),
  GreaterOrEqual: comparison(greaterOrEqual, (a, b) => a >= b),
  Less: comparison(less, (a, b) => a < b),
  LessOrEqual: comparison(lessOrEqual, (a, b) => a <= b),
  And: [
    {
      inputs: [truth(0, 0, 1, 1), truth(0, 1, 0, 1)],
      build: (a, b) => asFloat(and(a, b)),
      reference: (a, b) => (i) => a(i) * b(i),
    },
  ],
  Or: [
    {
      inputs: [truth(0, 0, 1, 1), truth(0, 1, 0, 1)],
      build: (a, b) => asFloat(or(a, b)),
      reference: (a, b) => (i) => Math.max(a(i), b(i)),
    },
  ],
  Xor: [
    {
      inputs: [truth(0, 0, 1, 1), truth(0, 1, 0, 1)],
      build: (a, b) => asFloat(xor(a, b)),
      reference: (a, b) => (i) => Math.abs(a(i) - b(i)),
    },
  ],
  Not: [{ inputs: [truth(0, 1)], build: (a) => asFloat(not(a)), reference: (a) => (i) => 1 - a(i) }],
  IsInf: [
    {
      inputs: [tensorData('float32', [3], [1, -Infinity, Infinity])],
      build: (x) => add(asFloat(isInf(x)), asFloat(isInf(x, { negative: false }))),
      reference: () => (i) => i,
    },
  ],
  IsNaN: [
    {
      inputs: [tensorData('float32', [3], [1, Number.NaN, Number.POSITIVE_INFINITY])],
      build: (x) => asFloat(isNotANumber(x)),
      reference: (x) => (i) => bool(Number.isNaN(x(i))),
    },
  ],
} satisfies Record<string, Case[]>;
