import { tensorData } from '../../dtype.ts';
import {
  argMax,
  argMin,
  mul,
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  reduceSumSquare,
} from '../../operators.ts';
import { asFloat, type Case, sum } from './case.ts';

const best = (n: number, choose: (...values: number[]) => number, term: (k: number) => number): number =>
  choose(...Array.from({ length: n }, (_, k) => term(k)));

function reductionCases(
  build: typeof reduceSum,
  fold: (n: number, term: (k: number) => number) => number,
  domain?: Case['domain'],
): Case[] {
  const all: Case[] = [
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
  return all.map((some) => ({ ...some, ...(domain && { domain }) }));
}

const product = (n: number, term: (k: number) => number): number =>
  Array.from({ length: n }, (_, k) => term(k)).reduce((total, value) => total * value, 1);

export const reductions = {
  ReduceSum: reductionCases(reduceSum, sum),
  ReduceMean: reductionCases(reduceMean, (n, term) => sum(n, term) / n),
  ReduceMax: reductionCases(reduceMax, (n, term) => best(n, Math.max, term)),
  ReduceMin: reductionCases(reduceMin, (n, term) => best(n, Math.min, term)),
  ReduceProd: [
    ...reductionCases(reduceProd, product),
    // Columns with no zero, one and two: the derivative is the product of the others.
    {
      inputs: [[3]],
      build: (x) => reduceProd(mul(x, x.graph.constant([1, 2, 3, 0, 2, 3, 0, 0, 3], [3, 3])), 1),
      reference: (x) => (i) => (i === 0 ? 6 * x(0) * x(1) * x(2) : 0),
    },
  ],
  ReduceL1: reductionCases(reduceL1, (n, term) => sum(n, (k) => Math.abs(term(k)))),
  ReduceL2: reductionCases(reduceL2, (n, term) => Math.sqrt(sum(n, (k) => term(k) ** 2))),
  ReduceLogSum: reductionCases(reduceLogSum, (n, term) => Math.log(sum(n, term)), [0.5, 2]),
  ReduceLogSumExp: reductionCases(reduceLogSumExp, (n, term) => Math.log(sum(n, (k) => Math.exp(term(k))))),
  ReduceSumSquare: reductionCases(reduceSumSquare, (n, term) => sum(n, (k) => term(k) ** 2)),
  ArgMax: [
    {
      inputs: [tensorData('float32', [2, 3], [1, 5, 2, 7, 0, 7])],
      build: (x) => asFloat(argMax(x)),
      reference: () => (i) => [1, 0][i] ?? -1,
    },
    {
      inputs: [tensorData('float32', [2, 3], [1, 5, 2, 7, 0, 7])],
      build: (x) => asFloat(argMax(x, 1, { keepDims: true, last: true })),
      reference: () => (i) => [1, 2][i] ?? -1,
    },
  ],
  ArgMin: [
    {
      inputs: [tensorData('float32', [2, 3], [1, 5, 2, 7, 0, 7])],
      build: (x) => asFloat(argMin(x, 0)),
      reference: () => (j) => [0, 1, 0][j] ?? -1,
    },
  ],
} satisfies Record<string, Case[]>;
