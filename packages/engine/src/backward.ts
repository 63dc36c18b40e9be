import { blame } from './blame.ts';
import { createTwins } from './checkpointing.ts';
import { EngineError } from './error.ts';
import { add, concat, gemm, graphOf, zerosLike } from './operators.ts';
import { describeNode, pathThrough } from './path.ts';
import { formatShape } from './shape.ts';
import type { GraphNode, Tensor } from './tensor.ts';

/**
 * dL/dx for each x of `wrt`, by reverse mode: the nodes between them and the loss are walked backwards, each turning
 * the gradient of its outputs into those of its inputs, and gradients that meet add up. The nodes go into the same
 * graph.
 *
 * @param loss a float32 scalar
 * @throws EngineError 'not-differentiable' where a path needs an operator without a derivative, or there is no path
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.dtype !== 'float32' || loss.shape.length > 0)
    throw new EngineError(
      'shape',
      `a loss is a float32 scalar; ${loss.name} is ${loss.dtype}${formatShape(loss.shape)}`,
      { node: loss.name, shapes: [loss.shape] },
    );
  const terms = walkBack([loss], [graphOf([loss]).constant(1)], wrt, pathsBetween(wrt, [loss]));
  return wrt.map((x) => {
    const gradient = total(terms.get(x));
    if (gradient !== undefined) return gradient;
    throw new EngineError('not-differentiable', `${loss.name} does not depend on ${x.name} differentiably`, {
      node: x.name,
    });
  });
}

/**
 * The gradients of `outputs` as functions of `inputs` alone, from those of the outputs: what lies before the inputs is
 * not walked, though one may depend on another. `undefined` where there is none.
 */
export function pullBack(
  outputs: readonly Tensor[],
  gs: readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
): (Tensor | undefined)[] {
  const terms = walkBack(outputs, gs, inputs, pathsBetween(inputs, outputs, new Set(inputs)));
  return inputs.map((x) => total(terms.get(x)));
}

/** The terms of the gradient of every tensor on the way from `to`, with gradients `gs`, back to `from`. */
function walkBack(
  to: readonly Tensor[],
  gs: readonly (Tensor | undefined)[],
  from: readonly Tensor[],
  path: readonly GraphNode[],
): Map<Tensor, Tensor[]> {
  const terms = new Map<Tensor, Tensor[]>();
  const collect = (x: Tensor | undefined, g: Tensor | undefined): void => {
    if (x !== undefined && g !== undefined) terms.set(x, [...(terms.get(x) ?? []), g]);
  };
  for (const [index, output] of to.entries()) collect(output, gs[index]);
  const twinOf = createTwins();
  for (const node of path) {
    const arrived = node.outputs.map((output) => total(terms.get(output)));
    if (arrived.every((g) => g === undefined)) continue;
    for (const [index, dx] of differentiate(twinOf(node, arrived), arrived, from, to).entries())
      collect(node.inputs[index], dx);
  }
  return terms;
}

/** The nodes that depend on one of `from` and that one of `to` depends on, not looking past `ends`; last first. */
function pathsBetween(
  from: readonly Tensor[],
  to: readonly Tensor[],
  ends: ReadonlySet<Tensor> = new Set(),
): GraphNode[] {
  const { nodes } = graphOf(to);
  const needed = new Set<GraphNode | undefined>(to.map((output) => output.node));
  const before = nodes.toReversed().filter((node) => {
    if (needed.has(node)) for (const input of node.inputs) if (!ends.has(input)) needed.add(input.node);
    return needed.has(node);
  });
  const reached = new Set<Tensor>(from);
  return before
    .toReversed()
    .filter((node) => {
      if (node.inputs.some((input) => reached.has(input)))
        for (const output of node.outputs) reached.add(output);
      return node.outputs.some((output) => reached.has(output));
    })
    .toReversed();
}

/** The gradients of a node's inputs; only float32 values carry one. */
function differentiate(
  node: GraphNode,
  gs: readonly (Tensor | undefined)[],
  from: readonly Tensor[],
  to: readonly Tensor[],
): readonly (Tensor | undefined)[] {
  const { grad } = graphOf(node.outputs).operators[node.type];
  if (grad === null) {
    const { operator, node: name } = describeNode(node);
    throw new EngineError(
      'not-differentiable',
      `${operator} (node ${name}) has no derivative; it lies on the path ${pathThrough(from, node, to[0] as Tensor)}`,
      { operator, node: name, shapes: node.inputs.map((input) => input.shape) },
    );
  }
  const [first] = node.outputs as readonly [Tensor];
  const dxs = blame(node, () => grad(gs[0] ?? zerosLike(first), node, gs));
  return dxs.map((dx, index) => (node.inputs[index]?.dtype === 'float32' ? dx : undefined));
}

/**
 * The sum of the terms that meet in a gradient. The weight of an unrolled recurrent network gets a product from every
 * time step; those of one form become few large ones, faster than many small ones and their sum:
 * sum_t A_t' B_t = [A_1; A_2; ...]' [B_1; B_2; ...], and sum_t A_t B_t' = [A_1, A_2, ...] [B_1, B_2, ...]'.
 */
function total(terms: readonly Tensor[] = []): Tensor | undefined {
  const merged = stackings.flatMap((stacking) => {
    const products = terms.filter((term) => isProduct(term, stacking));
    if (products.length <= 2) return products;
    // Back in the order of time, so that equal factors of several weights are stacked once: the graph keeps one.
    return chunksOf(products.toReversed()).map((chunk) => stackedProduct(chunk, stacking));
  });
  const others = terms.filter((term) => !stackings.some((stacking) => isProduct(term, stacking)));
  const all = [...merged, ...others];
  return all.length === 0 ? undefined : all.reduce(add);
}

/** A product of matrices whose sums over many steps are one product of the factors stacked along `axis`. */
interface Stacking {
  transA: boolean;
  transB: boolean;
  axis: number;
}

const stackings: readonly Stacking[] = [
  { transA: true, transB: false, axis: 0 },
  { transA: false, transB: true, axis: 1 },
];

function isProduct({ node }: Tensor, { transA, transB }: Stacking): boolean {
  if (node?.type !== 'Gemm' || node.inputs.length > 2) return false;
  return node.attributes.transA === transA && node.attributes.transB === transB;
}

/** Products stacked at once: enough for the kernel, few enough that the factors are still in the cache. */
const STACKED = 16;

const chunksOf = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / STACKED) }, (_, chunk) =>
    list.slice(chunk * STACKED, (chunk + 1) * STACKED),
  );

function stackedProduct(products: readonly Tensor[], { transA, transB, axis }: Stacking): Tensor {
  const factors = [0, 1].map((side) =>
    concat(
      products.map(({ node }) => node?.inputs[side] as Tensor),
      axis,
    ),
  ) as [Tensor, Tensor];
  return gemm(...factors, undefined, { transA, transB });
}
