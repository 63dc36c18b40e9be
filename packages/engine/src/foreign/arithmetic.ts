import {
  argMax,
  gather,
  gatherElements,
  gemm,
  layerNormalization,
  logSoftmax,
  matmul,
  oneHot,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reshape,
  scatterAdd,
  softmax,
  unsqueeze,
} from '../operators.ts';
import { isStatic, sizeOfShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { axisFrom, type NodeReader, numberAt, numbersAt, reader, readerWith } from './node.ts';
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

/** Before opset 13 the axis (1 unless given) and all after it were one. */
const alongLast = (apply: (x: Tensor, axis: number) => Tensor): NodeReader =>
  reader((node) => {
    const x = node.input(0);
    const rank = x.shape.length;
    const axis = axisFrom(node.attributes.int('axis') ?? (node.opset < 13 ? 1 : -1), rank);
    if (node.opset >= 13 || axis === rank - 1) return apply(x, axis);
    if (!isStatic(x.shape)) return undefined;
    const flat = reshape(x, [sizeOfShape(x.shape.slice(0, axis)), sizeOfShape(x.shape.slice(axis))]);
    return reshape(apply(flat, 1), x.shape);
  });

export const arithmetic = {
  ReduceMax: reduction(reduceMax, 18),
  ReduceMean: reduction(reduceMean, 18),
  ReduceMin: reduction(reduceMin, 18),
  ReduceSum: reduction(reduceSum, 13),

  ArgMax: reader((node) => {
    const x = node.input(0);
    const axis = axisFrom(node.attributes.int('axis') ?? 0, x.shape.length);
    if (node.attributes.int('select_last_index') === 1) return undefined;
    const found = argMax(x, axis);
    return node.attributes.int('keepdims') === 0 ? found : unsqueeze(found, axis);
  }),

  Softmax: alongLast(softmax),
  LogSoftmax: alongLast(logSoftmax),

  LayerNormalization: reader((node) => {
    const [x, scale, bias] = [node.input(0), node.input(1), node.optional(2)];
    const axis = axisFrom(node.attributes.int('axis') ?? -1, x.shape.length);
    if (bias === undefined || axis !== x.shape.length - 1 || node.hasOutput(1) || node.hasOutput(2))
      return undefined;
    return layerNormalization(x, scale, bias, node.attributes.float('epsilon') ?? 1e-5);
  }),

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

  /** Ours has zeros and ones in the last axis. */
  OneHot: readerWith([1, 2], (node) => {
    const [depth, values] = [numberAt(node, 1), numbersAt(node, 2)];
    const isOurs = values?.join() === '0,1' && node.input(2).dtype === 'float32';
    return depth !== undefined && isOurs && (node.attributes.int('axis') ?? -1) === -1
      ? oneHot(node.input(0), depth)
      : undefined;
  }),
} satisfies Record<string, NodeReader>;
