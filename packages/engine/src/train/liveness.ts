import { dtypes } from '../dtype.ts';
import { neededNodes } from '../onnx.ts';
import { sizeOfShape } from '../shape.ts';
import type { DType, GraphNode, OnnxCall, Op, Shape, Tensor } from '../tensor.ts';
import { executionOrder } from './execution-order.ts';

/** What ONNX Runtime reads and writes as the same memory. */
const aliases = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Identity']);

/** What it writes over an input of the same size that nobody reads any more. */
const inPlace = new Set('Add Sub Mul Div Abs Neg Floor Sqrt Exp Log Relu Sigmoid Tanh Clip'.split(' '));

/** Written as one node, which the runtime opens into several that pass a value as large as the largest result. */
const opened = new Set(['SoftmaxCrossEntropyLoss']);

/** What the runtime keeps of a string beside its characters. */
const STRING_BYTES = 16;

/** The bytes of a value; a dimension known only at run time counts as 1. */
export const bytesOfValue = ({ dtype, shape }: { dtype: DType; shape: Shape }): number =>
  (dtypes[dtype].array?.BYTES_PER_ELEMENT ?? STRING_BYTES) *
  sizeOfShape(shape.map((dim) => (typeof dim === 'number' ? dim : 1)));

/** The moment at which most memory is held. */
interface Peak {
  bytes: number;
  /** What is held then, the largest first. */
  held: { value: Tensor; bytes: number }[];
}

/**
 * The most that values computed by `nodes`, executed in this order, hold at once: a value lives from the node that
 * writes it to the last that reads it; `kept` has a place elsewhere and counts nothing.
 */
export function peakOf(
  nodes: readonly GraphNode[],
  operators: Readonly<Record<string, Op>>,
  kept: ReadonlySet<Tensor>,
): Peak {
  const storageOf = storages(nodes);
  const readers = new Map<Tensor, number>();
  const count = (value: Tensor, by: number): number => {
    const left = (readers.get(storageOf(value)) ?? 0) + by;
    readers.set(storageOf(value), left);
    return left;
  };
  for (const { inputs } of nodes) for (const input of inputs) count(input, 1);

  const lives = new Map<Tensor, { bytes: number; from: number; to: number }>();
  let [bytes, peak, peakAt] = [0, 0, 0];
  const release = (value: Tensor, at: number): void => {
    const life = lives.get(value);
    if (life === undefined) return;
    life.to = at;
    bytes -= life.bytes;
  };
  for (const [at, node] of nodes.entries()) {
    const written = node.outputs.filter((output) => storageOf(output) === output && !kept.has(output));
    for (const input of node.inputs) count(input, -1);
    const spent = [...new Set(node.inputs.map(storageOf))].filter((input) => readers.get(input) === 0);
    const over = inPlace.has(node.type)
      ? spent.find((input) => lives.get(input)?.bytes === bytesOfValue(node.outputs[0] as Tensor))
      : undefined;
    if (over !== undefined) release(over, at);
    for (const output of written) {
      const life = { bytes: bytesOfValue(output), from: at, to: nodes.length };
      lives.set(output, life);
      bytes += life.bytes;
    }
    const during = bytes + scratchOf(node, operators);
    if (during > peak) [peak, peakAt] = [during, at];
    for (const input of spent) if (input !== over) release(input, at + 1);
    for (const output of written) if ((readers.get(output) ?? 0) === 0) release(output, at + 1);
  }
  const held = [...lives].filter(([, { from, to }]) => from <= peakAt && peakAt < to);
  return {
    bytes: peak,
    held: held.map(([value, { bytes }]) => ({ value, bytes })).sort((a, b) => b.bytes - a.bytes),
  };
}

/** Which value's memory a value is: its own, or that of what it is another view of. */
function storages(nodes: readonly GraphNode[]): (value: Tensor) => Tensor {
  const roots = new Map<Tensor, Tensor>();
  const storageOf = (value: Tensor): Tensor => roots.get(value) ?? value;
  for (const { type, inputs, outputs } of nodes)
    if (aliases.has(type)) roots.set(outputs[0] as Tensor, storageOf(inputs[0] as Tensor));
  return storageOf;
}

/**
 * What a node holds while it runs, beside inputs and outputs: an operator written as several ONNX nodes passes values as
 * large as its result, and one that runs graphs holds what those hold in a turn.
 */
function scratchOf(node: GraphNode, operators: Readonly<Record<string, Op>>): number {
  const inner = ({ inputs }: OnnxCall): number =>
    inputs.reduce((sum, input) => sum + (input !== undefined && 'type' in input ? 1 + inner(input) : 0), 0);
  const call = (operators[node.type] as Op).emit(node);
  const several = opened.has(node.type) || inner(call) > 0;
  const bodies = Object.values(call.bodies ?? {}).map(({ graph, outputs }) => {
    const nodes = executionOrder(neededNodes(graph, outputs));
    return peakOf(nodes, graph.operators, new Set()).bytes;
  });
  return (several ? Math.max(...node.outputs.map(bytesOfValue)) : 0) + Math.max(0, ...bodies);
}
