import { graphOf, isNaN, reshape, slice, where } from './operators.ts';
import type { GraphNode, Tensor } from './tensor.ts';

/** The nodes of a segment, by each of them. */
const segments = new WeakMap<GraphNode, readonly GraphNode[]>();

/**
 * Marks what `compute` adds to the graph as a segment whose inner values backward computes again instead of keeping them
 * (gradient checkpointing; Chen et al., 2016): between its forward and its backward only the segment's inputs stay in
 * memory. The gradients are the same, for one forward more.
 */
export const checkpointed =
  <I extends readonly Tensor[], O>(compute: (...inputs: I) => O): ((...inputs: I) => O) =>
  (...inputs) => {
    const { nodes } = graphOf(inputs);
    const start = nodes.length;
    const result = compute(...inputs);
    const segment = nodes.slice(start);
    for (const node of segment) segments.set(node, segment);
    return result;
  };

/**
 * The node to differentiate in place of one in a segment: its twin, which computes the same from the segment's inputs
 * again. A twin must neither be found equal to its original (by the graph, or by the runtime, which merges equal nodes)
 * nor run before it is needed: the inputs of the twins therefore wait for the gradient that first arrives at the segment.
 */
export function createTwins(): (node: GraphNode, gs: readonly (Tensor | undefined)[]) => GraphNode {
  const twins = new Map<GraphNode, GraphNode>();
  return (node, gs) => {
    const segment = segments.get(node);
    if (segment === undefined) return node;
    if (!twins.has(node))
      for (const [original, twin] of twinsOf(segment, gs.find((g) => g !== undefined) as Tensor))
        twins.set(original, twin);
    return twins.get(node) as GraphNode;
  };
}

function twinsOf(segment: readonly GraphNode[], gradient: Tensor): Map<GraphNode, GraphNode> {
  const { graph } = gradient;
  const inner = new Set(segment);
  const parameters = new Set<Tensor>(graph.parameters);
  const twins = new Map<GraphNode, GraphNode>();
  const waiting = new Map<Tensor, Tensor>();
  // Values that are fed need not wait, unless nothing else would: they are in memory anyway, and waiting is a copy.
  const hasComputed = segment.some(({ inputs }) =>
    inputs.some((input) => input.node !== undefined && !inner.has(input.node)),
  );
  const arrived = isNaN(slice(reshape(gradient, [-1]), 0, 0, 1));

  /** x once the gradient has arrived: the same numbers, whatever the gradient is. */
  function wait(x: Tensor): Tensor {
    if (x.value !== undefined || parameters.has(x) || (x.node === undefined && hasComputed)) return x;
    const known = waiting.get(x);
    if (known !== undefined) return known;
    const waited = where(arrived, x, x);
    waiting.set(x, waited);
    return waited;
  }

  for (const node of segment) {
    const inputs = node.inputs.map((input) => {
      if (input.node === undefined || !inner.has(input.node)) return wait(input);
      return twins.get(input.node)?.outputs[input.node.outputs.indexOf(input)] as Tensor;
    });
    const [output] = graph.apply(node.type, inputs, node.attributes);
    twins.set(node, output?.node as GraphNode);
  }
  return twins;
}
