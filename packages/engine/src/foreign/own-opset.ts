import type { Graph, GraphNode, OnnxCall, TensorData } from '../tensor.ts';

/** The graphs that were read from files in an opset before the one we write, and what was read. */
const origins = new WeakMap<Graph, { opset: number; nodes: ReadonlySet<GraphNode> }>();

/** Notes that all nodes of a graph up to now come from a file in this opset. */
export function rememberOrigin(graph: Graph, opset: number): void {
  if (opset < graph.opset) origins.set(graph, { opset, nodes: new Set(graph.nodes) });
}

/**
 * The calls of nodes that were all read from one file, as they are written in the file's own opset: ONNX Runtime has
 * other kernels, and fuses other nodes, from opset to opset. Undefined where nodes were added, or one has no older form.
 */
export function inOwnOpset(
  graph: Graph,
  nodes: readonly GraphNode[],
  calls: readonly OnnxCall[],
): { opset: number; calls: readonly OnnxCall[] } | undefined {
  const origin = origins.get(graph);
  if (origin === undefined || !nodes.every((node) => origin.nodes.has(node))) return undefined;
  const older = calls.map((call) => olderCall(call, origin.opset));
  return older.every((call) => call !== undefined) ? { opset: origin.opset, calls: older } : undefined;
}

type Older = (call: OnnxCall, opset: number) => OnnxCall | undefined;

const dataOf = (input: OnnxCall['inputs'][number]): TensorData | undefined =>
  input !== undefined && 'data' in input ? input : undefined;

const numbersOf = (input: OnnxCall['inputs'][number]): readonly number[] | undefined => {
  const data = dataOf(input)?.data;
  return data && Array.from<unknown, number>(data, Number);
};

/** An attribute with its default, which older versions do not know. */
const without =
  (name: string, since: number, byDefault: number | string): Older =>
  (call, opset) => {
    const { [name]: int, ...ints } = call.ints ?? {};
    const { [name]: string, ...strings } = call.strings ?? {};
    const value = int ?? string;
    if (opset >= since || value === undefined) return call;
    return value === byDefault ? { ...call, ints, strings } : undefined;
  };

/** What is the second input since `since` was an attribute. */
const listed =
  (name: string, since: number): Older =>
  (call, opset) => {
    if (opset >= since) return call;
    const [x, list] = call.inputs;
    const numbers = numbersOf(list);
    return numbers && { ...call, inputs: [x], ints: { ...call.ints, [name]: numbers } };
  };

const reduction =
  (since: number): Older =>
  (call, opset) => {
    if (opset >= since) return call;
    const { noop_with_empty_axes: _, ...ints } = call.ints ?? {};
    return listed('axes', since)({ ...call, ints }, opset);
  };

/** Along the last axis both meanings of Softmax agree. */
const lastAxis: Older = (call, opset) => {
  const [x] = call.inputs;
  const rank = x !== undefined && 'graph' in x ? x.shape.length : undefined;
  return opset >= 13 || call.ints?.axis === (rank ?? 0) - 1 ? call : undefined;
};

const older: Readonly<Record<string, Older>> = {
  ArgMax: without('select_last_index', 12, 0),
  ArgMin: without('select_last_index', 12, 0),
  AveragePool: without('ceil_mode', 10, 0),
  Clip(call, opset) {
    if (opset >= 11) return call;
    const [x, low, high] = call.inputs;
    const [[min] = [], [max] = []] = [numbersOf(low), numbersOf(high)];
    return {
      ...call,
      inputs: [x],
      floats: { ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
    };
  },
  DepthToSpace: without('mode', 11, 'DCR'),
  Gemm: (call, opset) => (opset >= 11 || call.inputs.length === 3 ? call : undefined),
  Hardmax: lastAxis,
  LogSoftmax: lastAxis,
  MaxPool: without('ceil_mode', 10, 0),
  Pad(call, opset) {
    if (opset >= 11) return call;
    const [x, pads, fill] = call.inputs;
    const [borders, value = 0] = [numbersOf(pads), numbersOf(fill)?.[0]];
    return borders && { ...call, inputs: [x], ints: { pads: borders }, floats: { value } };
  },
  ReduceSum: reduction(13),
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map((kind) => [
      `Reduce${kind}`,
      reduction(18),
    ]),
  ),
  /** Before opset 13 an input that is left out was not yet allowed, before 11 the operator was another. */
  Resize: (call, opset) => (opset >= 13 ? call : undefined),
  ScatterElements: (call, opset) => (opset >= 11 ? without('reduction', 16, 'none')(call, opset) : undefined),
  ScatterND: without('reduction', 16, 'none'),
  Slice(call, opset) {
    if (opset >= 10) return call;
    const [x, ...lists] = call.inputs;
    const [starts, ends, axes, steps] = lists.map(numbersOf);
    if (!starts || !ends || !axes || steps?.some((step) => step !== 1)) return undefined;
    return { ...call, inputs: [x], ints: { starts, ends: ends.map((end) => Math.min(end, 2 ** 31)), axes } };
  },
  Softmax: lastAxis,
  Split: listed('split', 13),
  Squeeze: listed('axes', 13),
  TopK: (call, opset) => (opset >= 11 ? call : undefined),
  Unsqueeze: listed('axes', 13),
};

/** A call as an opset before 18 has it, if it does. */
function olderCall(call: OnnxCall, opset: number): OnnxCall | undefined {
  if (call.bodies !== undefined || call.inputs.some((input) => input !== undefined && 'type' in input))
    return undefined;
  return call.verbatim !== undefined || older[call.type] === undefined
    ? call
    : older[call.type]?.(call, opset);
}
