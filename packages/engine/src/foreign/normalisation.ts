import {
  batchNormalization,
  instanceNormalization,
  layerNormalization,
  logSoftmax,
  lpNormalization,
  reshape,
  rmsNormalization,
  softmax,
} from '../operators.ts';
import { isStatic, sizeOfShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { axisFrom, type ForeignNode, type NodeReader, reader } from './node.ts';

const epsilonOf = ({ attributes }: ForeignNode): number => attributes.float('epsilon') ?? 1e-5;

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

/** The mean and the deviation that it may also give are for its own derivative. */
const layerReader = reader((node) =>
  node.hasOutput(1) || node.hasOutput(2)
    ? undefined
    : layerNormalization(
        node.input(0),
        node.input(1),
        node.optional(2),
        epsilonOf(node),
        node.attributes.int('axis') ?? -1,
      ),
);

const rmsReader = reader((node) =>
  node.hasOutput(1)
    ? undefined
    : rmsNormalization(node.input(0), node.input(1), epsilonOf(node), node.attributes.int('axis') ?? -1),
);

export const normalisation = {
  Softmax: alongLast(softmax),
  LogSoftmax: alongLast(logSoftmax),

  /** With the statistics of the file: one that would gather its own is for training, which has other operators. */
  BatchNormalization: reader((node) => {
    const { int } = node.attributes;
    const gathers = int('training_mode') === 1 || [1, 2, 3, 4].some(node.hasOutput) || int('spatial') === 0;
    if (gathers) return undefined;
    const [x, scale, bias] = [node.input(0), node.input(1), node.input(2)];
    return batchNormalization(x, scale, bias, node.constant(3), node.constant(4), epsilonOf(node));
  }),

  InstanceNormalization: reader((node) =>
    instanceNormalization(node.input(0), node.input(1), node.input(2), epsilonOf(node)),
  ),

  LayerNormalization: layerReader,

  LpNormalization: reader((node) => {
    const p = node.attributes.int('p') ?? 2;
    return p === 1 || p === 2
      ? lpNormalization(node.input(0), p, node.attributes.int('axis') ?? -1)
      : undefined;
  }),

  RMSNormalization: rmsReader,
  /** What ONNX Runtime's own tools write in place of it. */
  SimplifiedLayerNormalization: rmsReader,
} satisfies Record<string, NodeReader>;
