import type { NodeProto } from 'onnx-buf';
import { EngineError } from '../error.ts';
import { describe, nameOfNode, ownDomain } from './structure.ts';
import { graphsOf } from './verbatim.ts';

/**
 * The versions from which on an operator of ONNX must be written in another way than before: attributes became inputs,
 * defaults or names changed, or the operator is gone. Compared from the schemas of ONNX 1.23, opset 7 to 28.
 */
const rewritten: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [9],
  Clip: [11],
  DFT: [20],
  Dropout: [12],
  GridSample: [20],
  GroupNormalization: [21],
  Hardmax: [13],
  LogSoftmax: [13],
  Pad: [11],
  ReduceL1: [18],
  ReduceL2: [18],
  ReduceLogSum: [18],
  ReduceLogSumExp: [18],
  ReduceMax: [18],
  ReduceMean: [18],
  ReduceMin: [18],
  ReduceProd: [18],
  ReduceSum: [13],
  ReduceSumSquare: [18],
  Resize: [11],
  RoiAlign: [16],
  Scan: [9],
  Scatter: [11],
  Slice: [10],
  Softmax: [13],
  SpaceToDepth: [28],
  Split: [13, 18],
  Squeeze: [13],
  TopK: [10],
  Unsqueeze: [13],
  Upsample: [9, 10],
};

/**
 * Throws EngineError 'format' where a node of opset `from`, or one within its attributes, means something else in opset
 * `to`, in which our files are written.
 */
export function requireCarriable(node: NodeProto, from: number, to: number): void {
  const since =
    ownDomain(node.domain) === ''
      ? rewritten[node.opType]?.find((version) => from < version && version <= to)
      : undefined;
  if (since !== undefined)
    throw new EngineError(
      'format',
      `${describe(node)} of opset ${from} has no counterpart here, and is written differently since opset ${since}: ` +
        `convert the model to opset ${since} or later with Python's onnx.version_converter`,
      { operator: node.opType, node: nameOfNode(node) },
    );
  for (const graph of node.attribute.flatMap(graphsOf))
    for (const inner of graph.node) requireCarriable(inner, from, to);
}
