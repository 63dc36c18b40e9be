import { EngineError } from '../error.ts';
import { neededNodes } from '../onnx.ts';
import { formatShape } from '../shape.ts';
import type { Graph, GraphNode, Parameter, Shape, Tensor } from '../tensor.ts';
import { layerOf } from './diagnose.ts';
import { executionOrder, orderForMemory } from './execution-order.ts';
import { bytesOfValue, peakOf } from './liveness.ts';

/** What a training step needs, known before it runs. */
export interface MemoryPlan {
  /** Bytes by kind. */
  bytes: {
    parameters: number;
    gradients: number;
    /** What the optimiser remembers of each parameter, sums and averages included. */
    moments: number;
    /** Gradients once more, as the runtime's binding returns them, until they are collected. */
    copies: number;
    /** Values fixed in the graph: there, in the file, and in the session that was opened from it. */
    constants: number;
    /** One batch. */
    feeds: number;
    /** The values computed in a step: the most that are held at once, and what their allocator leaves unused. */
    activations: number;
    /** The process itself and the compiled graph. */
    runtime: number;
  };
  totalBytes: number;
  /** The largest values among those activations, the largest first. */
  largest: { node: string; layer: string; shape: Shape; bytes: number }[];
}

/** How many values a plan names. */
const NAMED = 5;

/** Measured as the peak resident memory of training processes on Linux; `memory-plan.test.ts` holds them to it. */
const PROCESS_BYTES = 150e6;
const BYTES_PER_NODE = 15e3;
const ALLOCATOR_SLACK = 1.15;
const LIVING_COPIES = 2;
const COPIES_OF_CONSTANTS = 3;

interface Planned {
  graph: Graph;
  inputs: readonly Tensor[];
  /** The parameters that learn, and how often they lie in memory: themselves, gradients, moments and so on. */
  learning: readonly Parameter[];
  areas: number;
  /** Loss, measures and gradients: their places are counted with the gradients. */
  outputs: readonly Tensor[];
}

/**
 * Plans the memory of a step from the shapes in its graph and the order in which the runtime will execute it. A
 * dimension that is known only at run time counts as 1.
 */
export function planMemory({ graph, inputs, learning, areas, outputs }: Planned): MemoryPlan {
  const nodes = executionOrder(orderForMemory(neededNodes(graph, outputs)));
  const { bytes: activations, held } = peakOf(nodes, graph.operators, new Set(outputs));
  const gradients = sum(learning);
  const bytes = {
    parameters: sum(graph.parameters),
    gradients,
    moments: (areas - 2) * gradients,
    copies: LIVING_COPIES * gradients,
    constants: COPIES_OF_CONSTANTS * sum(constantsOf(nodes)),
    feeds: sum(inputs),
    activations: ALLOCATOR_SLACK * activations,
    runtime: PROCESS_BYTES + BYTES_PER_NODE * nodes.length,
  };
  return {
    bytes,
    totalBytes: Object.values(bytes).reduce((total, part) => total + part, 0),
    largest: held.slice(0, NAMED).map(({ value, bytes }) => ({
      node: value.node?.name ?? value.name,
      layer: layerOf(value) ?? '',
      shape: value.shape,
      bytes,
    })),
  };
}

/** The constants that nodes read, each once. */
const constantsOf = (nodes: readonly GraphNode[]): Tensor[] =>
  [...new Set(nodes.flatMap(({ inputs }) => inputs))].filter(({ value }) => value !== undefined);

const sum = (values: readonly Tensor[]): number =>
  values.reduce((bytes, value) => bytes + bytesOfValue(value), 0);

/**
 * @throws EngineError 'memory' if a step needs more than `limitBytes`, with what takes it and what would help
 */
export function requireMemory(plan: MemoryPlan, limitBytes: number): void {
  if (plan.totalBytes <= limitBytes) return;
  throw new EngineError(
    'memory',
    `training would take ${formatBytes(plan.totalBytes)} of memory, more than the ${formatBytes(limitBytes)} it may: ` +
      `${describePlan(plan)}. What helps: ${whatHelps}`,
  );
}

/** A WebAssembly address has 32 bits. */
const WASM_BYTES = 0x1_0000_0000;

/**
 * @throws EngineError 'memory' if a step's values do not fit the memory of ONNX Runtime's WebAssembly build
 */
export function requireWasmMemory({ bytes }: MemoryPlan): void {
  const needed = bytes.parameters + bytes.gradients + bytes.feeds + bytes.activations;
  if (needed <= WASM_BYTES) return;
  throw new EngineError(
    'memory',
    `a step would hold ${formatBytes(needed)} in WebAssembly, whose memory ends at ${formatBytes(WASM_BYTES)}. ` +
      `What helps: the native lane in Node, ${whatHelps}`,
  );
}

const whatHelps =
  'a smaller batch (with gradients accumulated over several, to the same effect), a shorter context, ' +
  'gradient checkpointing, attention in tiles, a narrower model';

/**
 * The memory a training may take unless it is told: nine tenths of the machine's, or of what its control group allows;
 * unlimited where that is unknown, as in a browser.
 */
export function defaultMemoryLimit(): number {
  const machine = globalThis.process?.getBuiltinModule?.('node:os').totalmem() ?? Number.POSITIVE_INFINITY;
  const allowed = globalThis.process?.constrainedMemory?.() ?? 0;
  return 0.9 * (allowed > 0 ? Math.min(machine, allowed) : machine);
}

/** Bytes in the unit that suits them, as `1.5 GB`. */
function formatBytes(bytes: number): string {
  const unit = bytes >= 1e9 ? 'GB' : bytes >= 1e6 ? 'MB' : 'kB';
  const value = bytes / { GB: 1e9, MB: 1e6, kB: 1e3 }[unit];
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/** A plan in words, for a log. */
export function describePlan({ bytes, totalBytes, largest }: MemoryPlan): string {
  const parts = Object.entries(bytes).map(([kind, part]) => `${kind} ${formatBytes(part)}`);
  const [first] = largest;
  const most =
    first === undefined
      ? ''
      : `; the largest value is ${first.node} ${formatShape(first.shape)} in the layer of ${first.layer}, ${formatBytes(first.bytes)}`;
  return `${formatBytes(totalBytes)} (${parts.join(', ')})${most}`;
}
