import { blame } from './blame.ts';
import { EngineError } from './error.ts';
import { add, concat, gemm, graphOf, reshape, unsqueeze, zerosLike } from './operators.ts';
import { describeNode, pathThrough } from './path.ts';
import { dimAt, formatShape } from './shape.ts';
import type { Dim, GraphNode, Tensor } from './tensor.ts';

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
  const graph = graphOf([loss]);
  const terms = new Map<Tensor, Tensor[]>([[loss, [graph.constant(1)]]]);
  for (const node of pathsBetween(wrt, loss)) {
    const gs = node.outputs.map((output) => total(terms.get(output)));
    if (gs.every((g) => g === undefined)) continue;
    for (const [index, dx] of differentiate(node, gs, wrt, loss).entries()) {
      const x = node.inputs[index];
      if (x === undefined || dx === undefined) continue;
      terms.set(x, [...(terms.get(x) ?? []), dx]);
    }
  }
  return wrt.map((x) => {
    const gradient = total(terms.get(x));
    if (gradient !== undefined) return gradient;
    throw new EngineError('not-differentiable', `${loss.name} does not depend on ${x.name} differentiably`, {
      node: x.name,
    });
  });
}

/** The nodes that depend on one of `from` and that `to` depends on, last first. */
function pathsBetween(from: readonly Tensor[], to: Tensor): GraphNode[] {
  const needed = new Set<GraphNode | undefined>([to.node]);
  const nodes = to.graph.nodes.toReversed().filter((node) => {
    if (needed.has(node)) for (const input of node.inputs) needed.add(input.node);
    return needed.has(node);
  });
  const reached = new Set<Tensor>(from);
  return nodes
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
  wrt: readonly Tensor[],
  loss: Tensor,
): readonly (Tensor | undefined)[] {
  const { grad } = graphOf(node.outputs).operators[node.type];
  if (grad === null) {
    const { operator, node: name } = describeNode(node);
    throw new EngineError(
      'not-differentiable',
      `${operator} (node ${name}) has no derivative; it lies on the path ${pathThrough(wrt, node, loss)}`,
      { operator, node: name, shapes: node.inputs.map((input) => input.shape) },
    );
  }
  const [first] = node.outputs as readonly [Tensor];
  const dxs = blame(node, () => grad(gs[0] ?? zerosLike(first), node, gs));
  return dxs.map((dx, index) => (node.inputs[index]?.dtype === 'float32' ? dx : undefined));
}

/**
 * The sum of the terms that meet in a gradient. The weight of an unrolled recurrent network gets a product A' B from
 * every time step; they become one product, [A_1; A_2; ...]' [B_1; B_2; ...], faster than many small ones and their sum.
 */
function total(terms: readonly Tensor[] = []): Tensor | undefined {
  const rows = terms.map(summedRows).find((dim) => dim !== undefined);
  const products = terms.filter((term) => rows !== undefined && summedRows(term) === rows);
  if (products.length <= 2) return terms.length === 0 ? undefined : terms.reduce(add);
  // Back in the order of time, in which the gradient of a Split into steps stacks the same B: the graph keeps one.
  const factors = products.toReversed().map(({ node }) => node?.inputs as readonly [Tensor, Tensor]);
  const [a, b] = [stack(factors.map(([a]) => a)), stack(factors.map(([, b]) => b))];
  const others = terms.filter((term) => !products.includes(term));
  return [gemm(a, b, undefined, { transA: true }), ...others].reduce(add);
}

/** The rows of A and B if a term is A' B, which is what Y = A W gives for W. */
function summedRows({ node }: Tensor): Dim | undefined {
  if (node?.type !== 'Gemm' || node.inputs.length > 2) return undefined;
  const { transA, transB } = node.attributes;
  return transA === true && transB === false ? node.inputs[0]?.shape[0] : undefined;
}

/** Matrices below each other: T of [N, F] make [T N, F]. */
function stack(matrices: readonly Tensor[]): Tensor {
  const stacked = concat(
    matrices.map((matrix) => unsqueeze(matrix, 0)),
    0,
  );
  return reshape(stacked, [-1, dimAt(stacked.shape, 2)]);
}
