import {
  gather,
  gatherElements,
  gatherND,
  nonZero,
  oneHot,
  scatterAdd,
  scatterElements,
  scatterND,
  topK,
} from '../operators.ts';
import { type NodeReader, numberAt, numbersAt, reader, readerWith } from './node.ts';

const scatter = reader((node) => {
  const [x, indices, updates] = [node.input(0), node.input(1), node.input(2)];
  const axis = node.attributes.int('axis') ?? 0;
  const reduction = node.attributes.string('reduction') ?? 'none';
  if (reduction === 'add') return scatterAdd(x, indices, updates, axis);
  return reduction === 'none' ? scatterElements(x, indices, updates, axis) : undefined;
});

export const indexing = {
  Gather: reader((node) => gather(node.input(0), node.input(1), node.attributes.int('axis') ?? 0)),

  GatherElements: reader((node) =>
    gatherElements(node.input(0), node.input(1), node.attributes.int('axis') ?? 0),
  ),

  GatherND: reader((node) => gatherND(node.input(0), node.input(1), node.attributes.int('batch_dims') ?? 0)),

  NonZero: reader((node) => nonZero(node.input(0), `nonzero of ${node.input(0).name}`)),

  /** Ours is of float32. */
  OneHot: readerWith([1, 2], (node) => {
    const [depth, values] = [numberAt(node, 1), numbersAt(node, 2)];
    if (depth === undefined || values?.length !== 2 || node.input(2).dtype !== 'float32') return undefined;
    const [off, on] = values as [number, number];
    return oneHot(node.input(0), depth, { off, on, axis: node.attributes.int('axis') ?? -1 });
  }),

  /** The name of ScatterElements before opset 11. */
  Scatter: scatter,
  ScatterElements: scatter,

  /** With `add` the runtime's own kernel races, and ours adds in another order. */
  ScatterND: reader((node) =>
    (node.attributes.string('reduction') ?? 'none') === 'none'
      ? scatterND(node.input(0), node.input(1), node.input(2))
      : undefined,
  ),

  TopK: readerWith([1], (node) => {
    const { int } = node.attributes;
    const k = node.opset < 10 ? int('k') : numberAt(node, 1);
    if (k === undefined) return undefined;
    const options = { largest: int('largest') !== 0, sorted: int('sorted') !== 0 };
    const { values, indices } = topK(node.input(0), k, int('axis') ?? -1, options);
    return [values, indices];
  }),
} satisfies Record<string, NodeReader>;
