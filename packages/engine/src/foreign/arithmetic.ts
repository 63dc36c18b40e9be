import {
  argMax,
  argMin,
  gather,
  gatherElements,
  gemm,
  matmul,
  oneHot,
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
  scatterAdd,
} from '../operators.ts';
import type { Tensor } from '../tensor.ts';
import { type NodeReader, numberAt, numbersAt, reader, readerWith } from './node.ts';
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
    const c = node.optional(2);
    if ((float('alpha') ?? 1) !== 1 || (c !== undefined && (float('beta') ?? 1) !== 1)) return undefined;
    return gemm(node.input(0), node.input(1), c, {
      transA: int('transA') === 1,
      transB: int('transB') === 1,
    });
  }),

  Gather: reader((node) => gather(node.input(0), node.input(1), node.attributes.int('axis') ?? 0)),
  GatherElements: reader((node) =>
    gatherElements(node.input(0), node.input(1), node.attributes.int('axis') ?? 0),
  ),
  ScatterElements: reader((node) =>
    node.attributes.string('reduction') === 'add'
      ? scatterAdd(node.input(0), node.input(1), node.input(2), node.attributes.int('axis') ?? 0)
      : undefined,
  ),

  /** Ours is of float32 and has its new axis at the end. */
  OneHot: readerWith([1, 2], (node) => {
    const [depth, values] = [numberAt(node, 1), numbersAt(node, 2)];
    if (depth === undefined || values?.length !== 2 || node.input(2).dtype !== 'float32') return undefined;
    if ((node.attributes.int('axis') ?? -1) !== -1) return undefined;
    const [off, on] = values as [number, number];
    return oneHot(node.input(0), depth, { off, on });
  }),
} satisfies Record<string, NodeReader>;
