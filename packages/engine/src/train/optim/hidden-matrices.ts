import type { Graph, GraphNode, Parameter, Tensor } from '../../tensor.ts';

const PRODUCTS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'Conv', 'ConvTranspose']);

/**
 * The matrices of a program's hidden layers, which Muon is for: those that are only multiplied with, and with whose
 * product another matrix is multiplied later. So embeddings and tables of positions are left out, and the last matrix.
 */
export function hiddenMatrices(graph: Graph, parameters: readonly Parameter[]): Set<Parameter> {
  const readings = graph.nodes.flatMap((node) => node.inputs.map((input) => ({ input, node })));
  const readers = Map.groupBy(readings, ({ input }) => input);
  const readersOf = (tensor: Tensor): GraphNode[] => readers.get(tensor)?.map(({ node }) => node) ?? [];
  /** Through the transposition of a weight stored [out, in]. */
  const usesOf = (weight: Tensor): readonly GraphNode[] =>
    readersOf(weight).flatMap((node) =>
      node.type === 'Transpose' ? node.outputs.flatMap(readersOf) : [node],
    );

  const matrices = parameters.filter(({ shape }) => shape.length >= 2);
  const products = new Set(matrices.flatMap(usesOf).filter(({ type }) => PRODUCTS.has(type)));
  // Walked from the end: the readers of a node's outputs are known before the node.
  const lead = new Set<GraphNode>();
  for (const node of graph.nodes.toReversed())
    if (node.outputs.flatMap(readersOf).some((reader) => products.has(reader) || lead.has(reader)))
      lead.add(node);
  return new Set(
    matrices.filter((matrix) => {
      const uses = usesOf(matrix);
      return uses.every((node) => products.has(node)) && uses.some((node) => lead.has(node));
    }),
  );
}
