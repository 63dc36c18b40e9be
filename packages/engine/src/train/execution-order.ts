import type { GraphNode, Tensor } from '../tensor.ts';

/**
 * The order in which ONNX Runtime executes the nodes of a file (1.30, sequential mode): from the nodes nobody reads,
 * the last written first, backwards to what they read, again the last written first; a node follows what it reads.
 */
export function executionOrder(written: readonly GraphNode[]): GraphNode[] {
  const position = new Map(written.map((node, index) => [node, index]));
  const read = new Set(written.flatMap((node) => node.inputs.map((input) => input.node)));
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const stack = written.filter((node) => !read.has(node)).map((node) => ({ node, done: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.done) order.push(top.node);
    if (top.done || seen.has(top.node)) continue;
    seen.add(top.node);
    stack.push({ node: top.node, done: true });
    const sources = top.node.inputs.flatMap(({ node }) =>
      node !== undefined && !seen.has(node) ? [node] : [],
    );
    sources.sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
    for (const node of sources) stack.push({ node, done: false });
  }
  return order;
}

/**
 * Nodes in an order of writing from which ONNX Runtime executes a training step in little memory. Written as they were
 * made, all that backward needs beside the gradient (a GELU's slope, a transposed factor) would be computed for every
 * layer before the first gradient, and the weights' gradients only after the last. Sorted by depth, a node first asks
 * for its deepest input, which is the gradient from above, and only then for the rest; and a weight's gradient, which
 * nobody reads, is written the later the shallower it is, so that it is computed as soon as it can be.
 */
export function orderForMemory(nodes: readonly GraphNode[]): GraphNode[] {
  const depths = new Map<GraphNode | undefined, number>();
  for (const node of nodes)
    depths.set(node, 1 + Math.max(0, ...node.inputs.map((input) => depths.get(input.node) ?? 0)));
  const depth = (node: GraphNode): number => depths.get(node) ?? 0;
  const read = new Set(nodes.flatMap((node) => node.inputs.map((input: Tensor) => input.node)));
  return [
    ...nodes.filter((node) => read.has(node)).sort((a, b) => depth(a) - depth(b)),
    ...nodes.filter((node) => !read.has(node)).sort((a, b) => depth(b) - depth(a)),
  ];
}
