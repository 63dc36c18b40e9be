import { tensorData } from '../../dtype.ts';
import {
  abs,
  add,
  and,
  argMax,
  cast,
  clip,
  cos,
  div,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterOrEqual,
  identity,
  isNaN as isNotANumber,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  sub,
  tanh,
  where,
} from '../../operators.ts';
import type { Tensor, TensorData } from '../../tensor.ts';
import { asFloat, bool, type Case, type Elements, ids, sum } from './case.ts';

const best = (n: number, choose: (...values: number[]) => number, term: (k: number) => number): number =>
  choose(...Array.from({ length: n }, (_, k) => term(k)));
/** Abramowitz and Stegun 7.1.5, the series of erf. */
function errorFunction(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

const unary = (build: (x: Tensor) => Tensor, f: (x: number) => number, domain?: Case['domain']): Case[] => [
  { inputs: [[2, 3]], build, reference: (x) => (i, j) => f(x(i, j)), ...(domain && { domain }) },
];

/** Equal shapes, a row against a matrix, a matrix against a column. */
const binary = (
  build: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  domain?: Case['domain'],
): Case[] =>
  [
    {
      inputs: [
        [2, 3],
        [2, 3],
      ],
      reference: (a: Elements, b: Elements) => (i: number, j: number) => f(a(i, j), b(i, j)),
    },
    {
      inputs: [[3], [2, 3]],
      reference: (a: Elements, b: Elements) => (i: number, j: number) => f(a(j), b(i, j)),
    },
    {
      inputs: [
        [2, 3],
        [2, 1],
      ],
      reference: (a: Elements, b: Elements) => (i: number, j: number) => f(a(i, j), b(i, 0)),
    },
  ].map((some) => ({ ...some, build, ...(domain && { domain }) }));

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
function reductions(
  build: typeof reduceSum,
  fold: (n: number, term: (k: number) => number) => number,
): Case[] {
  return [
    {
      inputs: [[2, 3]],
      build: (x) => build(x),
      reference: (x) => () => fold(6, (k) => x(Math.floor(k / 3), k % 3)),
    },
    { inputs: [[2, 3]], build: (x) => build(x, 0), reference: (x) => (j) => fold(2, (i) => x(i, j)) },
    {
      inputs: [[2, 3, 2]],
      build: (x) => build(x, [-1, 0], { keepDims: true }),
      reference: (x) => (_, j) => fold(4, (k) => x(k % 2, j, Math.floor(k / 2))),
    },
  ];
}

export const pointwise = {
  Add: binary(add, (a, b) => a + b),
  Sub: binary(sub, (a, b) => a - b),
  Mul: binary(mul, (a, b) => a * b),
  Div: binary(div, (a, b) => a / b, [0.5, 2]),
  Pow: binary(pow, (a, b) => a ** b, [0.5, 2]),
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
  Relu: unary(relu, (x) => Math.max(0, x)),
  Sigmoid: unary(sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(tanh, Math.tanh),
  Softplus: unary(softplus, (x) => Math.log1p(Math.exp(x))),
  Gelu: unary(gelu, (x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2))),
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
  Not: [{ inputs: [truth(0, 1)], build: (a) => asFloat(not(a)), reference: (a) => (i) => 1 - a(i) }],
  IsNaN: [
    {
      inputs: [tensorData('float32', [3], [1, Number.NaN, Number.POSITIVE_INFINITY])],
      build: (x) => asFloat(isNotANumber(x)),
      reference: (x) => (i) => bool(Number.isNaN(x(i))),
    },
  ],

  ReduceSum: reductions(reduceSum, sum),
  ReduceMean: reductions(reduceMean, (n, term) => sum(n, term) / n),
  ReduceMax: reductions(reduceMax, (n, term) => best(n, Math.max, term)),
  ReduceMin: reductions(reduceMin, (n, term) => best(n, Math.min, term)),
  ArgMax: [
    {
      inputs: [tensorData('float32', [2, 3], [1, 5, 2, 7, 0, 3])],
      build: (x) => asFloat(argMax(x)),
      reference: () => (i) => [1, 0][i] ?? -1,
    },
  ],
} satisfies Record<string, Case[]>;
