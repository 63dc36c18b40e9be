import { EngineError } from '../error.ts';
import { createGraphOver } from '../graph.ts';
import { uniform, zeros } from '../initializers.ts';
import { add, mul } from '../operators.ts';
import type { Graph, GraphNode, Parameter, Tensor, TensorData } from '../tensor.ts';
import { hiddenMatrices } from '../train/optim/hidden-matrices.ts';
import type { Program } from '../train/program.ts';
import { linear } from './dense.ts';

/** What a layer y = W x learned beside its weights: y = W x + alpha / rank B A x (Hu et al., 2021, "LoRA", equation 3). */
export interface Adapter {
  /** [rank, in] */
  A: TensorData;
  /** [out, rank] */
  B: TensorData;
  alpha: number;
  rank: number;
  /** Whether the layer keeps its weights [in, out], as GPT-2 does, and not [out, in]. */
  fanInFanOut: boolean;
}

/** By the name of the weights they adapt. */
export type Adapters = ReadonlyMap<string, Adapter>;

export interface AdaptOptions {
  /** The width of the way through A and B. */
  rank: number;
  /** B A counts alpha / rank times; twice the rank by default. */
  alpha?: number;
  /** Which layers, by the end of their names, as `c_attn` or `attn.c_attn`; by default all hidden ones. */
  targets?: readonly string[];
}

export interface AdaptedProgram {
  program: Program;
  /** Whether a parameter is an adapter's: those are to be trained, all others frozen. */
  trainable: (name: string) => boolean;
  /** The adapters among a trainer's parameters. */
  adaptersOf: (parameters: ReadonlyMap<string, TensorData>) => Adapters;
}

/**
 * The same program with an adapter beside each target layer, which changes nothing until it is trained: A is drawn, B is
 * zero. The low-rank way goes beside the product with W, so that B A is never multiplied out.
 *
 * @throws RangeError for a rank, an alpha or targets that cannot be
 */
export function adaptProgram(
  program: Program,
  { rank, alpha = 2 * rank, targets }: AdaptOptions,
): AdaptedProgram {
  if (!(Number.isInteger(rank) && rank >= 1)) throw new RangeError(`a rank is 1 or more, not ${rank}`);
  if (!(alpha > 0 && alpha < Infinity)) throw new RangeError(`alpha must be above 0, not ${alpha}`);
  const layers = chooseLayers(program.graph, targets);
  const graph = createGraphOver(program.graph.operators);
  const copies = new Map<Tensor, Tensor>();
  const copyOf = (tensor: Tensor): Tensor => {
    const known = copies.get(tensor);
    if (known !== undefined) return known;
    const { name, value } = tensor;
    if (value === undefined)
      throw new EngineError('format', `${name} is read before it is made`, { node: name });
    const copy = graph.constant(value.data, value.shape, value.dtype);
    copies.set(tensor, copy);
    return copy;
  };

  for (const input of program.graph.inputs)
    copies.set(input, graph.input(input.name, input.dtype, input.shape));
  for (const parameter of program.graph.parameters)
    copies.set(parameter, graph.parameter(parameter.name, parameter.shape, parameter.initial));
  const ways = new Map(
    [...layers].map(([{ name, shape }, { fanInFanOut }]) => {
      const [fanIn, fanOut] = fansOf(shape, fanInFanOut);
      const A = graph.parameter(adapterName(name, 'A'), [rank, fanIn], uniform(1 / Math.sqrt(fanIn)));
      const B = graph.parameter(adapterName(name, 'B'), [fanOut, rank], zeros);
      return [name, (x: Tensor) => along(B, mul(along(A, x), alpha / rank))] as const;
    }),
  );
  for (const node of program.graph.nodes) {
    const outputs = graph.apply(node.type, node.inputs.map(copyOf), node.attributes);
    for (const [index, output] of node.outputs.entries()) copies.set(output, outputs[index] as Tensor);
    const use = linearUse(node);
    const way = use && ways.get(use.weights.name);
    if (use !== undefined && way !== undefined)
      copies.set(node.outputs[0] as Tensor, add(outputs[0] as Tensor, way(copyOf(use.x))));
  }

  const names = new Set(
    [...layers.keys()].flatMap(({ name }) => [adapterName(name, 'A'), adapterName(name, 'B')]),
  );
  return {
    program: {
      graph,
      inputs: program.inputs.map(copyOf),
      loss: copyOf(program.loss),
      measures: Object.fromEntries(
        Object.entries(program.measures).map(([name, measure]) => [name, copyOf(measure)]),
      ),
      ...(program.weight === undefined ? {} : { weight: copyOf(program.weight) }),
    },
    trainable: (name) => names.has(name),
    adaptersOf: (parameters) =>
      new Map(
        [...layers].map(([{ name }, { fanInFanOut }]) => {
          const [A, B] = (['A', 'B'] as const).map((part) => parameters.get(adapterName(name, part)));
          if (A === undefined || B === undefined)
            throw new EngineError('format', `there is no adapter of ${name}`, { node: name });
          return [name, { A, B, alpha, rank, fanInFanOut }];
        }),
      ),
  };
}

/** x W' for W [out, in]. */
const along = (weights: Tensor, x: Tensor): Tensor => linear(x, weights, undefined, { transB: true });

const fansOf = ([a = 1, b = 1]: readonly number[], fanInFanOut: boolean): readonly [number, number] =>
  fanInFanOut ? [a, b] : [b, a];

/** The name of a layer: that of its weights but for the last part, which PyTorch calls `weight`. */
const layerName = (weights: string): string => weights.replace(/\.weight$/, '');

/** As PEFT calls them within a model: `h.0.attn.c_attn.lora_A.weight`. */
const adapterName = (weights: string, part: 'A' | 'B'): string => `${layerName(weights)}.lora_${part}.weight`;

/** The values of adapters by parameter name, as first values for an adapted program. */
export const adapterTensors = (adapters: Adapters): Map<string, TensorData> =>
  new Map(
    [...adapters].flatMap(([name, { A, B }]) => [
      [adapterName(name, 'A'), A] as const,
      [adapterName(name, 'B'), B] as const,
    ]),
  );

interface Use {
  weights: Tensor;
  x: Tensor;
  fanInFanOut: boolean;
}

/** A node as a linear layer on rows, if it is one; the weights may be transposed first. */
function linearUse({ type, inputs: [x, factor], attributes }: GraphNode): Use | undefined {
  if (x === undefined || factor === undefined) return undefined;
  if (type !== 'MatMul' && (type !== 'Gemm' || attributes.transA === true)) return undefined;
  const turned = factor.node?.type === 'Transpose';
  const weights = turned ? factor.node?.inputs[0] : factor;
  if (weights === undefined || weights.node !== undefined || weights.shape.length !== 2) return undefined;
  return { weights, x, fanInFanOut: (attributes.transB === true) === turned };
}

const isTarget = (target: string, name: string): boolean => name === target || name.endsWith(`.${target}`);

/** The layers to adapt. Throws RangeError for a target that names none. */
function chooseLayers(graph: Graph, targets: readonly string[] | undefined): Map<Parameter, Use> {
  const uses = graph.nodes.flatMap((node) => linearUse(node) ?? []);
  const linears = new Map<Parameter, Use>();
  for (const parameter of graph.parameters) {
    const use = uses.find(({ weights }) => weights === parameter);
    if (use !== undefined) linears.set(parameter, use);
  }
  const names = [...linears.keys()].map(({ name }) => layerName(name));
  const stranger = targets?.find((target) => !names.some((name) => isTarget(target, name)));
  if (stranger !== undefined)
    throw new RangeError(`no linear layer is called ${stranger}; there are ${names.slice(0, 20).join(', ')}`);
  const hidden = hiddenMatrices(graph, [...linears.keys()]);
  const chosen = [...linears].filter(([parameter]) =>
    targets === undefined
      ? hidden.has(parameter)
      : targets.some((target) => isTarget(target, layerName(parameter.name))),
  );
  if (chosen.length === 0) throw new RangeError('the program has no hidden linear layer to adapt');
  return new Map(chosen);
}

/**
 * The weights with their adapters multiplied out and added, W + alpha / rank B A: a model that needs no adapters.
 *
 * @throws EngineError 'format' for an adapter of no weights, 'shape' for one that does not fit them
 */
export function mergeAdapters(
  weights: ReadonlyMap<string, TensorData>,
  adapters: Adapters,
): Map<string, TensorData> {
  const merged = new Map(weights);
  for (const [name, adapter] of adapters) {
    const value = weights.get(name);
    if (value === undefined)
      throw new EngineError('format', `there is an adapter of ${name}, but no such weights`, { node: name });
    merged.set(name, mergeAdapter(name, value, adapter));
  }
  return merged;
}

function mergeAdapter(
  name: string,
  weights: TensorData,
  { A, B, alpha, rank, fanInFanOut }: Adapter,
): TensorData {
  const [fanIn, fanOut] = fansOf(weights.shape, fanInFanOut);
  if (A.shape[0] !== rank || A.shape[1] !== fanIn || B.shape[0] !== fanOut || B.shape[1] !== rank)
    throw new EngineError('shape', `the adapter of ${name} does not fit its weights`, {
      node: name,
      shapes: [weights.shape, A.shape, B.shape],
    });
  const data = (weights.data as Float32Array).slice();
  const [a, b] = [A.data as Float32Array, B.data as Float32Array];
  const [strideIn, strideOut] = fanInFanOut ? [fanOut, 1] : [1, fanIn];
  for (let k = 0; k < rank; k++)
    for (let o = 0; o < fanOut; o++) {
      const factor = (alpha / rank) * (b[o * rank + k] ?? 0);
      for (let i = 0; i < fanIn; i++) {
        const at = i * strideIn + o * strideOut;
        data[at] = (data[at] ?? 0) + factor * (a[k * fanIn + i] ?? 0);
      }
    }
  return { ...weights, data };
}
