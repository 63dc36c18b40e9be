import {
  argMax,
  argMin,
  einsum,
  gemm,
  matmul,
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
} from '../operators.ts';
import type { Tensor } from '../tensor.ts';
import { inputsOf, type NodeReader, reader, readerWith } from './node.ts';
import { listOf } from './shape.ts';

type Reduce = (x: Tensor, axes: readonly number[], options: { keepDims: boolean }) => Tensor;

/** Axes were an attribute before opset `since`; none means all, unless `noop_with_empty_axes`. */
const reduction = (reduce: Reduce, since: number): NodeReader =>
  readerWith([1], (node) => {
    const [x, given] = [node.input(0), listOf(node, 'axes', since, 1)];
    if (given === 'open') return undefined;
    const none = given === undefined || given.length === 0;
    if (none && node.attributes.int('noop_with_empty_axes') === 1) return x;
    const axes = none ? x.shape.map((_, axis) => axis) : given;
    return reduce(x, axes, { keepDims: node.attributes.int('keepdims') !== 0 });
  });

const position = (find: typeof argMax): NodeReader =>
  reader((node) => {
    const { int } = node.attributes;
    const options = { keepDims: int('keepdims') !== 0, last: int('select_last_index') === 1 };
    return find(node.input(0), int('axis') ?? 0, options);
  });

export const arithmetic = {
  ReduceL1: reduction(reduceL1, 18),
  ReduceL2: reduction(reduceL2, 18),
  ReduceLogSum: reduction(reduceLogSum, 18),
  ReduceLogSumExp: reduction(reduceLogSumExp, 18),
  ReduceMax: reduction(reduceMax, 18),
  ReduceMean: reduction(reduceMean, 18),
  ReduceMin: reduction(reduceMin, 18),
  ReduceProd: reduction(reduceProd, 18),
  ReduceSum: reduction(reduceSum, 13),
  ReduceSumSquare: reduction(reduceSumSquare, 18),

  ArgMax: position(argMax),
  ArgMin: position(argMin),

  MatMul: reader((node) => matmul(node.input(0), node.input(1))),

  Gemm: reader((node) => {
    const { int, float } = node.attributes;
    return gemm(node.input(0), node.input(1), node.optional(2), {
      transA: int('transA') === 1,
      transB: int('transB') === 1,
      alpha: float('alpha') ?? 1,
      beta: float('beta') ?? 1,
    });
  }),

  Einsum: reader((node) => {
    const equation = node.attributes.string('equation');
    return equation === undefined ? undefined : einsum(equation, ...inputsOf(node));
  }),
} satisfies Record<string, NodeReader>;
