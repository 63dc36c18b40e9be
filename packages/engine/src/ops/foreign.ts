import type { GraphNode, Op, Tensor, Verbatim } from '../tensor.ts';
import { operator } from './operator.ts';

interface ForeignAttributes {
  verbatim: Verbatim;
}

export const foreign = {
  /** Any node of a file of others that we have no operator for: it runs as it stood there, and has no derivative. */
  Foreign: operator<readonly Tensor[], ForeignAttributes, readonly Tensor[]>({
    infer: (_, { verbatim }) => verbatim.types,
    emit: ({ type, inputs, attributes: { verbatim } }) => ({ type, inputs, verbatim }),
    grad: null,
  }),
} satisfies Record<string, Op>;

export const isForeign = (
  node: GraphNode,
): node is GraphNode<readonly Tensor[], ForeignAttributes & GraphNode['attributes']> =>
  node.type === 'Foreign';
