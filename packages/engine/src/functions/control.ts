import { createGraphOver } from '../graph.ts';
import type { Body, Graph, GraphNode, Tensor, TensorType } from '../tensor.ts';
import { graphOf } from './apply.ts';

/** What a turn makes of the states before it, its elements of the sequences, and the values that are always the same. */
export type Turn = (
  states: readonly Tensor[],
  elements: readonly Tensor[],
  captures: readonly Tensor[],
) => { states: readonly Tensor[]; elements: readonly Tensor[] };

/** The gradients of a scan's inputs from those of its outputs, for who knows better than turn by turn. */
type ScanGradient = (node: GraphNode, gs: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];

export interface ScanBody extends Body {
  readonly turn: Turn;
  readonly gradient?: ScanGradient;
}

export interface ScanInputs {
  /** Before the first turn. */
  states?: readonly Tensor[];
  /** Each turn sees one element along the first axis of each. */
  sequences: readonly Tensor[];
  /** What every turn sees whole: weights, above all. */
  captures?: readonly Tensor[];
  /** From the last element to the first; what a turn gives still lies where its element was. */
  reversed?: boolean;
  gradient?: ScanGradient;
}

/**
 * Takes a turn for each element of the sequences, carrying states from one to the next (ONNX Scan): the graph is as
 * large for a thousand turns as for one. Returns the states after the last turn and what the turns gave, stacked along
 * a first axis. Backward takes the turns in the other order and computes each again from the states it began with.
 */
export function scan(
  turn: Turn,
  { states = [], sequences, captures = [], reversed = false, gradient }: ScanInputs,
): { states: readonly Tensor[]; sequences: readonly Tensor[] } {
  const graph = graphOf(sequences);
  const inner = bodyOver(graph, {
    state: states,
    element: sequences.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) })),
    capture: captures,
  });
  const { states: next, elements } = turn(inner.state, inner.element, inner.capture);
  const body: ScanBody = {
    graph: inner.graph,
    inputs: [...inner.state, ...inner.element],
    // The states a turn began with are for backward, and left out where nothing needs them.
    outputs: [...next, ...elements, ...inner.state],
    captures: inner.capture,
    turn,
    toJSON: () => inner.id,
    ...(gradient === undefined ? {} : { gradient }),
  };
  const outputs = graph.apply('Scan', [...states, ...sequences, ...captures], {
    body,
    states: states.length,
    sequences: sequences.length,
    reversed,
  });
  return {
    states: outputs.slice(0, states.length),
    sequences: outputs.slice(states.length, states.length + elements.length),
  };
}

/**
 * Takes `count` turns (an int64 scalar), each given its number and the states before it, and returns the states after
 * the last (ONNX Loop). Not differentiable.
 */
export function loop(
  count: Tensor,
  turn: (number: Tensor, states: readonly Tensor[], captures: readonly Tensor[]) => readonly Tensor[],
  { states, captures = [] }: { states: readonly Tensor[]; captures?: readonly Tensor[] },
): readonly Tensor[] {
  const { graph } = count;
  const inner = bodyOver(graph, {
    number: [{ dtype: 'int64', shape: [] }],
    going: [{ dtype: 'bool', shape: [] }],
    state: states,
    capture: captures,
  });
  const next = turn(inner.number[0] as Tensor, inner.state, inner.capture);
  const body: Body = {
    graph: inner.graph,
    inputs: [...inner.number, ...inner.going, ...inner.state],
    outputs: [...inner.going, ...next],
    captures: inner.capture,
    toJSON: () => inner.id,
  };
  return graph.apply('Loop', [count, ...states, ...captures], { body, states: states.length });
}

let bodies = 0;

/** A graph with inputs of these types, named by their key. */
function bodyOver<K extends string>(
  around: Graph,
  types: Readonly<Record<K, readonly TensorType[]>>,
): Record<K, readonly Tensor[]> & { graph: Graph; id: string } {
  const graph = createGraphOver(around.operators, { opset: around.opset });
  const inputs = Object.fromEntries(
    Object.entries<readonly TensorType[]>(types).map(([key, list]) => [
      key,
      list.map(({ dtype, shape }, index) => graph.input(`${key} ${index}`, dtype, shape)),
    ]),
    // The keys are those of `types`; fromEntries forgets them.
  ) as unknown as Record<K, readonly Tensor[]>;
  return { ...inputs, graph, id: `body ${++bodies}` };
}
