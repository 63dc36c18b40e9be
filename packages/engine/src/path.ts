import { isForeign } from './ops/foreign.ts';
import type { GraphNode, Tensor } from './tensor.ts';

/** As many nodes on each side of the one in question as a reader takes in. */
const SHOWN = 4;

/** How a node is called in messages: a node of a foreign file as in that file. */
export function describeNode(node: GraphNode): { operator: string; node: string } {
  if (!isForeign(node)) return { operator: node.type, node: node.name };
  const { domain, operator, node: name } = node.attributes.verbatim;
  return { operator: domain === '' ? operator : `${domain}.${operator}`, node: name };
}

/** The shortest way from one of `from` through `node` to `to`, as `w -> MatMul_3 -> [NonZero_4] -> Mul_7`. */
export function pathThrough(from: readonly Tensor[], node: GraphNode, to: Tensor): string {
  const sources = new Set(from);
  const before = trace(node, (tensor) => sources.has(tensor));
  const after = to.node === undefined || to.node === node ? [] : traceNodes(to.node, node);
  const head = before.at(-1)?.name;
  const lead = before.slice(0, -1).map(({ node }) => (node === undefined ? '' : describeNode(node).node));
  return [
    ...(head === undefined ? [] : [head]),
    ...shorten(lead.toReversed()),
    `[${describeNode(node).node}]`,
    ...shorten(after.map((next) => describeNode(next).node)),
  ].join(' -> ');
}

/** Tensors from an input of `node` back to the first that `isSource`. */
function trace(node: GraphNode, isSource: (tensor: Tensor) => boolean): Tensor[] {
  const cameFrom = new Map<Tensor, Tensor | undefined>(node.inputs.map((input) => [input, undefined]));
  for (const tensor of cameFrom.keys()) {
    if (isSource(tensor)) return chain(tensor, cameFrom).toReversed();
    for (const input of tensor.node?.inputs ?? []) if (!cameFrom.has(input)) cameFrom.set(input, tensor);
  }
  return [];
}

/** Nodes after `to`, in order of computation, up to `from`. */
function traceNodes(from: GraphNode, to: GraphNode): GraphNode[] {
  const cameFrom = new Map<GraphNode, GraphNode | undefined>([[from, undefined]]);
  for (const node of cameFrom.keys()) {
    if (node === to) return chain(node, cameFrom).slice(1);
    for (const { node: input } of node.inputs)
      if (input !== undefined && !cameFrom.has(input)) cameFrom.set(input, node);
  }
  return [];
}

function chain<T>(last: T, cameFrom: ReadonlyMap<T, T | undefined>): T[] {
  const links: T[] = [];
  for (let at: T | undefined = last; at !== undefined; at = cameFrom.get(at)) links.push(at);
  return links;
}

const shorten = (names: readonly string[]): readonly string[] =>
  names.length <= 2 * SHOWN
    ? names
    : [...names.slice(0, SHOWN), `(${names.length - 2 * SHOWN} more)`, ...names.slice(-SHOWN)];
